#include "shim.h"

#include <string.h>

enum { ASK = 1, OFFER = 2, HOP = 3, GROUP = 4 };                          /* kinds of frames */
enum { SHOW = 1, GROUP_KEY = 2, GOT_KEY = 3, DATA = 4, LEAVE = 5, BYE = 6 }; /* inside of a HOP */
enum { HEAD = 13, ASKS_MOST = 24, REPEATS_MOST = 8, PARTINGS = 3 };

static const Octets NOBODY = {NULL, 0};

/* --- numbers and links ---------------------------------------------------------------------------- */

static int is_fresh(Window *window, uint64_t number) {
#ifdef BREAK_NO_REPLAY_CHECK
    (void)window, (void)number;
    return 1;
#else
    if (number >= window->next) {
        uint64_t ahead = number + 1 - window->next;
        window->seen = ahead < 64 ? window->seen << ahead | 1 : 1;
        window->next = number + 1;
        return 1;
    }
    uint64_t behind = window->next - 1 - number;
    if (behind >= 64 || window->seen >> behind & 1) return 0;
    window->seen |= (uint64_t)1 << behind;
    return 1;
#endif
}

static void free_link(Link *link) { memset(link, 0, sizeof *link); }

/* A free link; where there is none, the one that has waited longest without a session. */
static Link *new_link(Group *group) {
    Link *oldest = NULL;
    for (int at = 0; at < LINKS_MOST; at++) {
        Link *link = &group->links[at];
        if (link->phase == FREE) return link;
        if (link->phase != UP && (!oldest || link->tries > oldest->tries || link->due < oldest->due)) oldest = link;
    }
    if (oldest) free_link(oldest);
    return oldest;
}

/* The session with `peer`; with an empty name, a member's with its owner. */
static Link *link_to(Group *group, Octets peer) {
    for (int at = 0; at < LINKS_MOST; at++) {
        Link *link = &group->links[at];
        if (link->phase == UP && (!peer.size || same(whole(&link->peer), peer))) return link;
    }
    return NULL;
}

static Group *group_called(Station *station, Octets name) {
    for (int at = 0; at < GROUPS_MOST; at++)
        if (station->groups[at].is_used && same(whole(&station->groups[at].name), name)) return &station->groups[at];
    return NULL;
}

static Octets own_identity(const Group *group) {
    Certificate own;
    return read_certificate(whole(&group->certificate), &own) ? own.identity : NOBODY;
}

/* --- what goes out -------------------------------------------------------------------------------- */

static void put_head(Bytes *into, int kind, uint32_t number, uint64_t counter) {
    put_number(into, (uint64_t)kind, 1);
    put_number(into, number, 4);
    put_number(into, counter, 8);
}

/* Send `inner` over the hop; keep the frame in `kept` if given. */
static void send_on_hop(Station *station, Link *link, Octets inner, Bytes *kept) {
    Bytes frame = {0};
    put_head(&frame, HOP, link->number, link->next);
    seal(link->to_peer, link->next++, octets(frame.at, HEAD), inner, &frame);
    tell_frame(station->address, link->address, whole(&frame));
    if (kept) *kept = frame;
}

/* Say a last word, again a few times: whether it came is never known. */
static void part(Station *station, Link *link, int word, double now) {
    uint8_t inner = (uint8_t)word;
    link->phase = ENDING;
    link->parting = word;
    link->due = now + station->retry;
    send_on_hop(station, link, octets(&inner, 1), NULL);
}

static void send_key(Station *station, Group *group, Link *link, double now) {
    Bytes inner = {0};
    put_number(&inner, GROUP_KEY, 1);
    put_number(&inner, group->epoch, 4);
    put(&inner, group->key, KEY);
    send_on_hop(station, link, whole(&inner), NULL);
    link->due = now + station->retry;
}

/* A new key for the group, given to each member under its own hop. */
static void new_group_key(Station *station, Group *group, double now) {
    random_bytes(group->key, KEY);
    group->epoch++;
    group->next = 0;
    for (int at = 0; at < LINKS_MOST; at++) {
        Link *link = &group->links[at];
        if (link->phase != UP) continue;
        link->owes_key = 1;
        link->tries = 0;
        send_key(station, group, link, now);
    }
    tell("Rekeyed", whole(&group->name), NOBODY, NULL);
}

/* Sealed under the group's key for those outside, signed by the owner for those inside. */
static void send_to_group(Station *station, Group *group, Octets origin, Octets data) {
    Bytes inner = {0}, frame = {0};
    uint8_t signature[SIGNATURE];
    put_short(&inner, origin);
    put(&inner, data.at, data.size);
    put_head(&frame, GROUP, group->epoch, group->next);
    seal(group->key, group->next++, octets(frame.at, HEAD), whole(&inner), &frame);
    sign(group->private_key, whole(&frame), signature);
    put(&frame, signature, SIGNATURE);
    tell_frame(station->address, group_address(whole(&group->name)), whole(&frame));
}

static void send_data_down(Station *station, Link *link, Octets origin, Octets data) {
    Bytes inner = {0};
    put_number(&inner, DATA, 1);
    put_short(&inner, origin);
    put(&inner, data.at, data.size);
    send_on_hop(station, link, whole(&inner), NULL);
}

/* --- the way into a session ------------------------------------------------------------------------ */

/* The digest of ask and offer: what both sign, and what the keys are bound to. */
static void bind(const Link *link, uint8_t out[DIGEST]) {
    Bytes both = {0};
    put_short(&both, whole(&link->ask));
    put_short(&both, whole(&link->offer));
    digest(whole(&both), out);
}

static int make_keys(Link *link, const uint8_t peers[KEY], int is_owner) {
    uint8_t secret[KEY], bound[DIGEST], made[2 * KEY + TOKEN];
    if (!agree(link->private_key, peers, secret)) return 0;
    bind(link, bound);
    derive(octets(secret, KEY), octets(bound, DIGEST), "c_shim hop", made, sizeof made);
    memcpy(is_owner ? link->from_peer : link->to_peer, made, KEY);
    memcpy(is_owner ? link->to_peer : link->from_peer, made + KEY, KEY);
    memcpy(link->token, made + 2 * KEY, TOKEN);
    memset(link->private_key, 0, KEY);
    memset(secret, 0, KEY);
    return 1;
}

/* What is signed says who signs it, so that nobody's word can be turned into the other's. */
static Bytes words_of(const char *who, Octets what) {
    Bytes covered = {0};
    put_short(&covered, text(who));
    put(&covered, what.at, what.size);
    return covered;
}

static void put_signed(const char *who, const uint8_t private_key[KEY], Octets what, Bytes *into) {
    Bytes covered = words_of(who, what);
    uint8_t signature[SIGNATURE];
    sign(private_key, whole(&covered), signature);
    put(into, signature, SIGNATURE);
}

static int is_signed(const char *who, const uint8_t public_key[KEY], Octets what, Octets signature) {
    Bytes covered = words_of(who, what);
    return verify(public_key, whole(&covered), signature);
}

/* NULL if the one who shows a certificate of `role` may be believed; else why not. */
static const char *wrong_peer(const Station *station, const Group *group, Octets shown, int role, Octets covered,
                              Octets signature, double now, Certificate *peer) {
    if (!read_certificate(shown, peer)) return "it shows no certificate";
    const char *wrong = wrong_with(peer, station->trusts, station->trust_count, role, whole(&group->name), now);
    if (wrong) return wrong;
    const char *who = role == OWNER ? "owner" : "member";
    return is_signed(who, peer->key, covered, signature) ? NULL : "it does not hold its certificate's key";
}

static void remember_peer(Link *link, const Certificate *peer) {
    link->peer.size = 0;
    put(&link->peer, peer->identity.at, peer->identity.size);
    memcpy(link->peer_key, peer->key, KEY);
}

static void ask(Station *station, Group *group, double now) {
    Link *link = new_link(group);
    if (!link) return;
    uint8_t public_key[KEY];
    new_agreement_key(link->private_key, public_key);
    put_number(&link->ask, ASK, 1);
    put_short(&link->ask, whole(&group->name));
    put(&link->ask, public_key, KEY);
    link->resend = link->ask;
    link->phase = ASKED;
    link->address = group->owner_address;
    link->due = now + station->retry;
    tell_frame(station->address, link->address, whole(&link->ask));
}

/* At an owner. */
static void on_ask(Station *station, int source, Octets payload, double now) {
    Reader reader = {payload, 0};
    take(&reader, 1);
    Group *group = group_called(station, take_short(&reader));
    Octets peers = take(&reader, KEY);
    if (reader.bad || reader.left.size || !group || !group->is_owner) return;
    for (int at = 0; at < LINKS_MOST; at++) {
        Link *link = &group->links[at];
        if (link->phase == FREE || !same(whole(&link->ask), payload)) continue;
        if (link->phase == OFFERED) tell_frame(station->address, source, whole(&link->offer));
        return;
    }
    Link *link = new_link(group);
    if (!link) return;
    uint8_t public_key[KEY], number[4];
    new_agreement_key(link->private_key, public_key);
    random_bytes(number, sizeof number);
    Reader numbers = {octets(number, sizeof number), 0};
    link->number = (uint32_t)take_number(&numbers, 4);
    put(&link->ask, payload.at, payload.size);
    put_number(&link->offer, OFFER, 1);
    put_number(&link->offer, link->number, 4);
    put(&link->offer, peers.at, KEY);
    put(&link->offer, public_key, KEY);
    put_short(&link->offer, whole(&group->name));
    put_short(&link->offer, whole(&group->certificate));
    put_signed("owner", group->private_key, whole(&link->offer), &link->offer);
    if (!make_keys(link, peers.at, 1)) {
        free_link(link);
        return;
    }
    link->phase = OFFERED;
    link->address = source;
    link->due = now + ASKS_MOST * station->retry;
    tell_frame(station->address, source, whole(&link->offer));
}

/* At a member. */
static void on_offer(Station *station, int source, Octets payload, double now) {
    Reader reader = {payload, 0};
    take(&reader, 1);
    uint32_t number = (uint32_t)take_number(&reader, 4);
    Octets own = take(&reader, KEY), peers = take(&reader, KEY);
    Group *group = group_called(station, take_short(&reader));
    Octets shown = take_short(&reader), signature = take(&reader, SIGNATURE);
    Certificate owner = {0};
    if (reader.bad || reader.left.size || !group || group->is_owner) return;
    Link *link = NULL;
    for (int at = 0; at < LINKS_MOST; at++)
        if (group->links[at].phase == ASKED && group->links[at].ask.size >= KEY &&
            same(octets(group->links[at].ask.at + group->links[at].ask.size - KEY, KEY), own))
            link = &group->links[at];
    if (!link) return;
    Octets signed_part = octets(payload.at, payload.size - SIGNATURE);
    const char *wrong = wrong_peer(station, group, shown, OWNER, signed_part, signature, now, &owner);
#ifdef BREAK_ANY_OWNER
    wrong = NULL;
#endif
    if (wrong) {
        tell("Refused", whole(&group->name), owner.identity, wrong);
        return;
    }
    put(&link->offer, payload.at, payload.size);
    if (!make_keys(link, peers.at, 0)) return;
    link->number = number;
    link->address = source;
    remember_peer(link, &owner);
    Bytes inner = {0}, covered = {0};
    uint8_t bound[DIGEST];
    bind(link, bound);
    put(&covered, bound, DIGEST);
    put(&covered, group->certificate.at, group->certificate.size);
    put_number(&inner, SHOW, 1);
    put_short(&inner, whole(&group->certificate));
    put_signed("member", group->private_key, whole(&covered), &inner);
    send_on_hop(station, link, whole(&inner), &link->resend);
    link->phase = SHOWN;
    link->tries = 0;
    link->due = now + station->retry;
}

/* At an owner: a member shows who it is. */
static void on_show(Station *station, Group *group, Link *link, Reader *reader, double now) {
    Octets shown = take_short(reader), signature = take(reader, SIGNATURE);
    Certificate member = {0};
    Bytes covered = {0};
    uint8_t bound[DIGEST];
    bind(link, bound);
    put(&covered, bound, DIGEST);
    put(&covered, shown.at, shown.size);
    const char *wrong = wrong_peer(station, group, shown, MEMBER, whole(&covered), signature, now, &member);
    if (wrong) {
        tell("Refused", whole(&group->name), member.identity, wrong);
        free_link(link);
        return;
    }
    Link *former = link_to(group, member.identity);
    if (former) free_link(former);
    remember_peer(link, &member);
    link->phase = UP;
    tell_joined(whole(&group->name), whole(&link->peer), link->token);
    new_group_key(station, group, now);
}

/* --- in a session ---------------------------------------------------------------------------------- */

static void on_group_key(Station *station, Group *group, Link *link, Reader *reader) {
    uint32_t epoch = (uint32_t)take_number(reader, 4);
    Octets key = take(reader, KEY);
    if (reader->bad || group->is_owner || (link->phase != SHOWN && link->phase != UP)) return;
    int is_new = link->phase == SHOWN;
    if (is_new || epoch > group->epoch) {
        group->epoch = epoch;
        group->window = (Window){0};
        memcpy(group->key, key.at, KEY);
    }
    if (is_new) {
        Link *former = link_to(group, NOBODY);
        if (former) free_link(former);
        link->phase = UP;
        link->due = 0;
        tell_joined(whole(&group->name), whole(&link->peer), link->token);
    }
    Bytes inner = {0};
    put_number(&inner, GOT_KEY, 1);
    put_number(&inner, epoch, 4);
    send_on_hop(station, link, whole(&inner), NULL);
}

static void on_data_up(Station *station, Group *group, Link *link, Reader *reader) {
    int cast = (int)take_number(reader, 1);
    Octets to = take_short(reader), data = reader->left;
    if (reader->bad) return;
    if (cast == GROUPCAST) {
        tell_received(whole(&group->name), data, whole(&link->peer), GROUPCAST);
        send_to_group(station, group, whole(&link->peer), data);
    } else if (same(to, own_identity(group))) {
        tell_received(whole(&group->name), data, whole(&link->peer), UNICAST);
    } else {
        Link *onward = link_to(group, to);
        if (onward) send_data_down(station, onward, whole(&link->peer), data);
    }
}

static void drop_member(Station *station, Group *group, Link *link, const char *reason, double now) {
    tell("Left", whole(&group->name), whole(&link->peer), reason);
    if (link->phase != ENDING) free_link(link);
#ifndef BREAK_NO_REKEY
    new_group_key(station, group, now);
#else
    (void)station, (void)now;
#endif
}

static void on_inner(Station *station, Group *group, Link *link, Octets inner, double now) {
    Reader reader = {inner, 0};
    int kind = (int)take_number(&reader, 1);
    if (group->is_owner && link->phase == OFFERED) {
        if (kind == SHOW) on_show(station, group, link, &reader, now);
    } else if (kind == GROUP_KEY) {
        on_group_key(station, group, link, &reader);
    } else if (kind == GOT_KEY && group->is_owner) {
        if (take_number(&reader, 4) == group->epoch) link->owes_key = 0;
    } else if (link->phase != UP) {
        return;
    } else if (kind == BYE && !group->is_owner) {
        free_link(link);
        tell("Left", whole(&group->name), NOBODY, "removed by the owner");
    } else if (kind == LEAVE && group->is_owner) {
        drop_member(station, group, link, "left", now);
    } else if (kind == DATA && group->is_owner) {
        on_data_up(station, group, link, &reader);
    } else if (kind == DATA) {
        Octets origin = take_short(&reader);
        if (!reader.bad) tell_received(whole(&group->name), reader.left, origin, UNICAST);
    }
}

static void on_hop(Station *station, int source, Octets payload, double now) {
    Reader reader = {payload, 0};
    take(&reader, 1);
    uint32_t number = (uint32_t)take_number(&reader, 4);
    uint64_t counter = take_number(&reader, 8);
    if (reader.bad) return;
    for (int at = 0; at < GROUPS_MOST * LINKS_MOST; at++) {
        Group *group = &station->groups[at / LINKS_MOST];
        Link *link = &group->links[at % LINKS_MOST];
        Bytes inner = {0};
        if (!group->is_used || link->phase == FREE || link->phase == ASKED || link->number != number) continue;
        if (!open_sealed(link->from_peer, counter, octets(payload.at, HEAD), reader.left, &inner)) continue;
        if (is_fresh(&link->window, counter)) {
            link->address = source;
            on_inner(station, group, link, whole(&inner), now);
        }
        return;
    }
}

static void on_groupcast(Station *station, Octets payload) {
    Reader reader = {payload, 0};
    take(&reader, 1);
    uint32_t epoch = (uint32_t)take_number(&reader, 4);
    uint64_t counter = take_number(&reader, 8);
    if (reader.bad || reader.left.size <= SIGNATURE) return;
    Octets covered = octets(payload.at, payload.size - SIGNATURE);
    Octets signature = octets(payload.at + covered.size, SIGNATURE);
    Octets sealed = octets(payload.at + HEAD, covered.size - HEAD);
    for (int at = 0; at < GROUPS_MOST; at++) {
        Group *group = &station->groups[at];
        Link *link = group->is_used && !group->is_owner ? link_to(group, NOBODY) : NULL;
        Bytes inner = {0};
        if (!link || group->epoch != epoch || !verify(link->peer_key, covered, signature)) continue;
        if (!open_sealed(group->key, counter, octets(payload.at, HEAD), sealed, &inner)) continue;
        Reader inside = {whole(&inner), 0};
        Octets origin = take_short(&inside);
        if (!inside.bad && is_fresh(&group->window, counter) && !same(origin, own_identity(group)))
            tell_received(whole(&group->name), inside.left, origin, GROUPCAST);
        return;
    }
}

void receive_frame(Station *station, int source, Octets payload, double now) {
    switch (payload.size ? payload.at[0] : 0) {
        case ASK: on_ask(station, source, payload, now); break;
        case OFFER: on_offer(station, source, payload, now); break;
        case HOP: on_hop(station, source, payload, now); break;
        case GROUP: on_groupcast(station, payload); break;
        default: break;
    }
}

/* --- what the application asks ---------------------------------------------------------------------- */

static Group *take_part(Station *station, Octets name, Octets credentials, const char *call) {
    Group *group = group_called(station, name);
    for (int at = 0; !group && at < GROUPS_MOST; at++)
        if (!station->groups[at].is_used) group = &station->groups[at];
    if (!group) {
        tell_declined(call, "no more groups");
        return NULL;
    }
    if (!group->is_used) put(&group->name, name.at, name.size);
    group->is_used = 1;
    Reader reader = {credentials, 0};
    Octets certificate = take_short(&reader), key = take(&reader, KEY);
    group->certificate.size = 0;
    if (reader.bad) {
        random_bytes(group->private_key, KEY); /* without credentials it asks all the same, and is refused */
    } else {
        put(&group->certificate, certificate.at, certificate.size);
        memcpy(group->private_key, key.at, KEY);
    }
    return group;
}

void own_group(Station *station, Octets name, Octets credentials, double now) {
    Group *group = take_part(station, name, credentials, "own");
    if (!group) return;
    group->is_owner = 1;
    new_group_key(station, group, now);
}

void join_group(Station *station, Octets name, int owner_address, Octets credentials, double now) {
    Group *group = take_part(station, name, credentials, "join");
    if (!group) return;
    group->owner_address = owner_address;
    for (int at = 0; at < LINKS_MOST; at++) {
        Phase phase = group->links[at].phase;
        if (phase == ASKED || phase == SHOWN) free_link(&group->links[at]);
    }
    ask(station, group, now);
}

void send_data(Station *station, Octets name, Octets data, Octets to, int cast) {
    Group *group = group_called(station, name);
    Link *link = group ? (group->is_owner && cast == UNICAST ? link_to(group, to) : link_to(group, NOBODY)) : NULL;
    if (data.size > PAYLOAD_MOST) {
        tell_declined("send", "too big");
    } else if (!group || (!link && !(group->is_owner && cast == GROUPCAST))) {
        tell_declined("send", "not joined");
    } else if (!group->is_owner) {
        Bytes inner = {0};
        put_number(&inner, DATA, 1);
        put_number(&inner, (uint64_t)cast, 1);
        put_short(&inner, to);
        put(&inner, data.at, data.size);
        send_on_hop(station, link, whole(&inner), NULL);
    } else if (cast == GROUPCAST) {
        send_to_group(station, group, own_identity(group), data);
    } else {
        send_data_down(station, link, own_identity(group), data);
    }
}

void remove_member(Station *station, Octets name, Octets member, double now) {
    Group *group = group_called(station, name);
    Link *link = group && group->is_owner ? link_to(group, member) : NULL;
    if (!link) {
        tell_declined("remove", "no such member");
        return;
    }
    link->tries = 0;
    part(station, link, BYE, now);
    drop_member(station, group, link, "removed", now);
}

void leave_group(Station *station, Octets name, double now) {
    Group *group = group_called(station, name);
    if (!group || group->is_owner) {
        tell_declined("leave", "not joined");
        return;
    }
    for (int at = 0; at < LINKS_MOST; at++) {
        Link *link = &group->links[at];
        if (link->phase == ASKED) free_link(link);
        if (link->phase != UP && link->phase != SHOWN) continue;
        link->tries = 0;
        part(station, link, LEAVE, now);
    }
    tell("Left", whole(&group->name), NOBODY, "asked to");
}

static void repeat(Station *station, Group *group, Link *link, double now) {
    int tries = ++link->tries;
    link->due = now + station->retry;
    if ((link->phase == ASKED || link->phase == SHOWN) && tries < ASKS_MOST) {
        tell_frame(station->address, link->address, whole(&link->resend));
    } else if (link->phase == ENDING && tries < PARTINGS) {
        part(station, link, link->parting, now);
    } else if (link->phase == UP && tries < REPEATS_MOST) {
        send_key(station, group, link, now);
    } else if (link->phase == UP) {
        link->owes_key = 0;
    } else {
        if (link->phase == SHOWN) tell("Refused", whole(&group->name), whole(&link->peer), "no answer");
        free_link(link);
    }
}

static int waits(const Link *link) {
    return link->phase != FREE && link->due > 0 && (link->phase != UP || link->owes_key);
}

void on_time(Station *station, double now) {
    for (int at = 0; at < GROUPS_MOST * LINKS_MOST; at++) {
        Group *group = &station->groups[at / LINKS_MOST];
        Link *link = &group->links[at % LINKS_MOST];
        if (waits(link) && link->due <= now) repeat(station, group, link, now);
    }
}

double next_wake(const Station *station) {
    double earliest = 0;
    for (int at = 0; at < GROUPS_MOST * LINKS_MOST; at++) {
        const Link *link = &station->groups[at / LINKS_MOST].links[at % LINKS_MOST];
        if (waits(link) && (earliest == 0 || link->due < earliest)) earliest = link->due;
    }
    return earliest;
}

int group_address(Octets group) {
    uint8_t hash[DIGEST];
    digest(group, hash);
    return hash[0] << 16 | hash[1] << 8 | hash[2];
}
