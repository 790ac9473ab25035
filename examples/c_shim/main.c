/* The shim: calls in, answers out, a line each (docs/shim-protocol.md). */
#include "shim.h"

#include <stdlib.h>
#include <string.h>

enum { STATIONS_MOST = 64 };

static Station *stations[STATIONS_MOST];
static int numbers[STATIONS_MOST];
static double patience = 10;
static const char *clock_kind = "virtual";

static FILE *frames, *events;
static char *frames_text, *events_text;
static size_t frames_size, events_size;

/* --- what the device tells ------------------------------------------------------------------------------ */

static void begin_output(void) {
    frames = open_memstream(&frames_text, &frames_size);
    events = open_memstream(&events_text, &events_size);
}

static FILE *next_of(FILE *list) {
    if (ftell(list) > 0) fputc(',', list);
    return list;
}

void tell_frame(int source, int destination, Octets payload) {
    fprintf(next_of(frames), "{\"source\":%d,\"destination\":%d,\"payload\":", source, destination);
    write_base64(frames, payload);
    fputc('}', frames);
}

void tell(const char *event, Octets group, Octets peer, const char *reason) {
    fprintf(next_of(events), "{\"type\":\"%s\",\"group\":", event);
    write_string(events, group);
    if (peer.size) {
        fputs(",\"peer\":", events);
        write_string(events, peer);
    }
    if (reason) fprintf(events, ",\"reason\":\"%s\"", reason);
    fputc('}', events);
}

void tell_joined(Octets group, Octets peer, const uint8_t token[TOKEN]) {
    tell("Joined", group, peer, NULL);
    fseek(events, -1, SEEK_CUR);
    fputs(",\"session\":\"", events);
    for (int at = 0; at < TOKEN; at++) fprintf(events, "%02x", token[at]);
    fputs("\"}", events);
}

void tell_received(Octets group, Octets data, Octets sender, int cast) {
    fputs("{\"type\":\"Received\",\"group\":", next_of(events));
    write_string(events, group);
    fputs(",\"data\":", events);
    write_base64(events, data);
    fputs(",\"sender\":", events);
    write_string(events, sender);
    fprintf(events, ",\"cast\":\"%s\"}", cast == GROUPCAST ? "groupcast" : "unicast");
}

void tell_declined(const char *call, const char *reason) {
    fprintf(next_of(events), "{\"type\":\"Declined\",\"call\":\"%s\",\"reason\":\"%s\"}", call, reason);
}

static void write_listens(const Station *station) {
    printf("\"listens\":[%d", station->address);
    for (int at = 0; at < GROUPS_MOST; at++)
        if (station->groups[at].is_used && !station->groups[at].is_owner)
            printf(",%d", group_address(whole(&station->groups[at].name)));
    printf("]");
}

static void write_made(const Station *station) {
    printf("{");
    write_listens(station);
    printf("}");
}

static void write_output(const Station *station) {
    double wake = next_wake(station);
    fclose(frames);
    fclose(events);
    printf("{\"frames\":[%s],\"events\":[%s],", frames_text, events_text);
    if (wake > 0) printf("\"wake_at\":%.17g,", wake);
    write_listens(station);
    printf("}");
    free(frames_text);
    free(events_text);
    begin_output();
}

/* --- the calls ------------------------------------------------------------------------------------------ */

static Station **place_of(Value number, int make) {
    int wanted = (int)number_of(number, -1);
    for (int at = 0; at < STATIONS_MOST; at++)
        if (stations[at] && numbers[at] == wanted) return &stations[at];
    for (int at = 0; make && at < STATIONS_MOST; at++)
        if (!stations[at]) {
            numbers[at] = wanted;
            stations[at] = calloc(1, sizeof(Station));
            return &stations[at];
        }
    return NULL;
}

static void answer_statement(void) {
    printf("{\"product\":\"c_shim\",\"version\":\"1\",\"clock\":\"%s\",\"isolation\":\"station\",", clock_kind);
    printf("\"patience\":{\"join\":%g,\"delivery\":%g,\"rejoin\":%g},", patience, patience / 2, 2 * patience);
    printf("\"limits\":{\"payload_most\":%d,\"frame_most\":%d,\"groups_per_station\":2,\"members\":8},",
           PAYLOAD_MOST, FRAME_MOST);
    printf("\"reports\":[\"sender\",\"cast\",\"session\"],\"groupcast_integrity\":true,\"groupcast_origin\":true,");
    printf("\"forward_secrecy\":true,\"capabilities\":[\"clone\"]}");
}

static int answer_credentials(Value params) {
    Bytes identity = string_of(member(params, "identity")), group = string_of(member(params, "group"));
    Bytes authority = string_of(member(params, "authority")), flaw = string_of(member(params, "flaw"));
    Bytes made = {0};
    int role = same(member(params, "role"), text("\"owner\"")) ? OWNER : MEMBER;
    if (!issue(whole(&identity), whole(&group), whole(&authority), role, number_of(member(params, "valid_from"), 0),
               number_of(member(params, "valid_until"), 0), whole(&flaw), &made))
        return 0;
    printf("{\"data\":");
    write_base64(stdout, whole(&made));
    printf(",\"secret_parts\":[");
    write_base64(stdout, octets(made.at + made.size - KEY, KEY));
    printf("]}");
    return 1;
}

static void make_station(Value params) {
    Station *made = *place_of(member(params, "station"), 1);
    Value trusts = member(params, "trusts"), anchors = member(params, "anchors");
    made->address = (int)number_of(member(params, "address"), 0);
    made->retry = patience / 20;
    for (Value each = first(trusts); each.size && made->trust_count < TRUSTS_MOST; each = following(trusts, each)) {
        Bytes name = string_of(each), anchor = {0};
        for (Value key = first(anchors); key.size; key = following(anchors, following(anchors, key)))
            if (same(key, each)) anchor = bytes_of(following(anchors, key));
        read_anchor(whole(&name), whole(&anchor), &made->trusts[made->trust_count++]);
    }
    write_made(made);
}

static int is(Value method, const char *name) {
    size_t size = strlen(name);
    return method.size == size + 2 && !memcmp(method.at + 1, name, size);
}

/* Calls that answer with an output. Returns 0 for another method. */
static int answer_output(Value method, Station *station, Value params) {
    Value card = member(params, "credentials"), frame = member(params, "frame"), to = member(params, "to");
    Bytes group = string_of(member(params, "group")), who = string_of(is(method, "remove") ? member(params, "member") : to);
    Bytes data = bytes_of(member(card.size ? card : params, "data")), payload = bytes_of(member(frame, "payload"));
    Octets in = whole(&group), bytes = whole(&data);
    double now = number_of(member(params, "now"), 0);
    if (is(method, "own")) own_group(station, in, bytes, now);
    else if (is(method, "join")) join_group(station, in, (int)number_of(member(params, "owner_address"), 0), bytes, now);
    else if (is(method, "send")) send_data(station, in, bytes, whole(&who), is_there(to) ? UNICAST : GROUPCAST);
    else if (is(method, "remove")) remove_member(station, in, whole(&who), now);
    else if (is(method, "leave")) leave_group(station, in, now);
    else if (is(method, "receive")) receive_frame(station, (int)number_of(member(frame, "source"), 0), whole(&payload), now);
    else if (is(method, "wake")) on_time(station, now);
    else return 0;
    write_output(station);
    return 1;
}

static void answer(Value message) {
    Value method = member(message, "method"), params = member(message, "params");
    Station **place = place_of(member(params, "station"), 0);
    const char *error = NULL;
    printf("{\"jsonrpc\":\"2.0\",\"id\":%.0f,\"result\":", number_of(member(message, "id"), 0));
    if (is(method, "statement")) {
        answer_statement();
    } else if (is(method, "credentials")) {
        if (!answer_credentials(params)) error = "\"code\":-32001,\"message\":\"this flaw cannot be made\"";
    } else if (is(method, "anchor")) {
        Bytes name = string_of(member(params, "authority")), anchor = anchor_of(whole(&name));
        write_base64(stdout, whole(&anchor));
    } else if (is(method, "station")) {
        make_station(params);
    } else if (is(method, "clone") && place) {
        Station *copy = *place_of(member(params, "new_station"), 1);
        *copy = **place;
        copy->address = (int)number_of(member(params, "address"), copy->address);
        write_made(copy);
    } else if (is(method, "stop") && place) {
        free(*place);
        *place = NULL;
        printf("null");
    } else if (is(method, "close")) {
        printf("null");
    } else if (!place || !answer_output(method, *place, params)) {
        error = "\"code\":-32601,\"message\":\"no such method\"";
    }
    printf(error ? "null,\"error\":{%s}}\n" : "}\n", error);
    fflush(stdout);
}

int main(int count, char **words) {
    char *line = NULL;
    size_t room = 0;
    ssize_t size;
    for (int at = 1; at < count; at++) {
        if (!strcmp(words[at], "--real")) clock_kind = "real";
        if (!strncmp(words[at], "--patience=", 11)) patience = atof(words[at] + 11);
    }
    begin_output();
    static char output[1 << 16];
    setvbuf(stdout, output, _IOFBF, sizeof output);
    while ((size = getline(&line, &room, stdin)) > 0) answer(octets(line, (size_t)size));
    return 0;
}
