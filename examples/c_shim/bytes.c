#include "shim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Octets octets(const void *at, size_t size) { return (Octets){at, size}; }
Octets text(const char *zero_ended) { return octets(zero_ended, strlen(zero_ended)); }
Octets whole(const Bytes *bytes) { return octets(bytes->at, bytes->size); }

int same(Octets one, Octets other) {
    return one.size == other.size && (one.size == 0 || memcmp(one.at, other.at, one.size) == 0);
}

void put(Bytes *bytes, const void *at, size_t size) {
    if (bytes->size + size > ROOM) {
        fprintf(stderr, "%zu bytes do not fit\n", bytes->size + size);
        exit(1);
    }
    if (size) memcpy(bytes->at + bytes->size, at, size);
    bytes->size += size;
}

void put_number(Bytes *bytes, uint64_t value, int size) {
    while (size-- > 0) {
        uint8_t byte = (uint8_t)(value >> 8 * size);
        put(bytes, &byte, 1);
    }
}

void put_short(Bytes *bytes, Octets value) {
    put_number(bytes, value.size, 2);
    put(bytes, value.at, value.size);
}

Octets take(Reader *reader, size_t size) {
    if (reader->bad || size > reader->left.size) {
        reader->bad = 1;
        return octets(NULL, 0);
    }
    Octets taken = octets(reader->left.at, size);
    reader->left.at += size;
    reader->left.size -= size;
    return taken;
}

uint64_t take_number(Reader *reader, int size) {
    Octets taken = take(reader, (size_t)size);
    uint64_t value = 0;
    for (size_t place = 0; place < taken.size; place++) value = value << 8 | taken.at[place];
    return value;
}

Octets take_short(Reader *reader) { return take(reader, take_number(reader, 2)); }
