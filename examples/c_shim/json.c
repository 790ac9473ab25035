#include "shim.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

static const Value ABSENT = {NULL, 0};

static size_t skip_blank(Octets in, size_t at) {
    while (at < in.size && strchr(" \t\r\n,:", in.at[at])) at++;
    return at;
}

/* Where the value that begins at `at` ends. Depth is counted and not recursed into. */
static size_t end_of(Octets in, size_t at) {
    int depth = 0;
    for (; at < in.size; at++) {
        char sign = (char)in.at[at];
        if (sign == '"') {
            for (at++; at < in.size && in.at[at] != '"'; at++)
                if (in.at[at] == '\\') at++;
        } else if (sign == '{' || sign == '[') {
            depth++;
            continue;
        } else if (sign == '}' || sign == ']') {
            depth--;
        } else if (depth == 0) {
            while (at < in.size && !strchr(" \t\r\n,:]}", in.at[at])) at++;
            return at;
        }
        if (depth <= 0) return at < in.size ? at + 1 : in.size;
    }
    return in.size;
}

static Value value_at(Octets in, size_t at) {
    at = skip_blank(in, at);
    if (at >= in.size || in.at[at] == '}' || in.at[at] == ']') return ABSENT;
    return octets(in.at + at, end_of(in, at) - at);
}

Value first(Value whole_value) { return whole_value.size ? value_at(whole_value, 1) : ABSENT; }

Value following(Value whole_value, Value one) {
    return value_at(whole_value, (size_t)(one.at + one.size - whole_value.at));
}

Value member(Value object, const char *name) {
    size_t size = strlen(name);
    for (Value key = first(object); key.size;) {
        Value value = following(object, key);
        if (key.size == size + 2 && memcmp(key.at + 1, name, size) == 0) return value;
        key = following(object, value);
    }
    return ABSENT;
}

int is_there(Value value) { return value.size && !same(value, text("null")); }

double number_of(Value value, double otherwise) {
    char digits[64] = "";
    if (!is_there(value) || value.size >= sizeof digits) return otherwise;
    memcpy(digits, value.at, value.size);
    return strtod(digits, NULL);
}

static unsigned hex_of(const uint8_t *digits) {
    char four[5] = {(char)digits[0], (char)digits[1], (char)digits[2], (char)digits[3], 0};
    return (unsigned)strtoul(four, NULL, 16);
}

static void put_utf8(Bytes *into, unsigned code) {
    int more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned marks[] = {0, 0xC0, 0xE0, 0xF0};
    put_number(into, marks[more] | code >> 6 * more, 1);
    while (more-- > 0) put_number(into, 0x80 | (code >> 6 * more & 63), 1);
}

Bytes string_of(Value value) {
    Bytes into = {0};
    for (size_t at = 1; value.size > 1 && value.at[0] == '"' && at + 1 < value.size && at < ROOM / 2; at++) {
        static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
        if (value.at[at] != '\\') {
            put(&into, value.at + at, 1);
            continue;
        }
        const char *known = strchr(from, value.at[++at]);
        if (value.at[at] == 'u' && at + 5 < value.size) {
            unsigned code = hex_of(value.at + at + 1);
            at += 4;
            if (code >= 0xD800 && code < 0xDC00 && at + 7 < value.size && value.at[at + 1] == '\\') {
                code = 0x10000 + ((code - 0xD800) << 10) + (hex_of(value.at + at + 3) - 0xDC00);
                at += 6;
            }
            put_utf8(&into, code);
        } else {
            put(&into, known ? to + (known - from) : (const char *)value.at + at, 1);
        }
    }
    return into;
}

Bytes bytes_of(Value value) {
    Bytes into = {0};
    size_t signs = value.size - 2;
    if (value.size < 2 || value.at[0] != '"' || signs > ROOM / 3 * 4) return into;
    int size = EVP_DecodeBlock(into.at, value.at + 1, (int)signs);
    if (size < 0) return into;
    into.size = (size_t)size;
    for (size_t at = signs; at > 0 && value.at[at] == '='; at--) into.size--; /* padding counts as zeros */
    return into;
}

void write_string(FILE *file, Octets value) {
    fputc('"', file);
    for (size_t at = 0; at < value.size; at++) {
        uint8_t sign = value.at[at];
        fprintf(file, sign < 0x20 || sign == '"' || sign == '\\' ? "\\u%04x" : "%c", sign);
    }
    fputc('"', file);
}

void write_base64(FILE *file, Octets value) {
    uint8_t coded[4 * ((ROOM + 2) / 3) + 1];
    EVP_EncodeBlock(coded, value.at, (int)value.size);
    fprintf(file, "\"%s\"", value.size ? (char *)coded : "");
}
