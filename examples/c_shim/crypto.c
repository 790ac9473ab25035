#include "shim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>

static void must(int good, const char *what) {
    if (good) return;
    fprintf(stderr, "libcrypto failed: %s\n", what);
    exit(1);
}

void random_bytes(uint8_t *at, size_t size) { must(RAND_bytes(at, (int)size) == 1, "RAND_bytes"); }

static void public_of(int kind, const uint8_t private_key[KEY], uint8_t public_key[KEY]) {
    size_t size = KEY;
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(kind, NULL, private_key, KEY);
    must(key && EVP_PKEY_get_raw_public_key(key, public_key, &size) == 1, "a public key");
    EVP_PKEY_free(key);
}

void signing_key_of(const uint8_t private_key[KEY], uint8_t public_key[KEY]) {
    public_of(EVP_PKEY_ED25519, private_key, public_key);
}

void new_agreement_key(uint8_t private_key[KEY], uint8_t public_key[KEY]) {
    random_bytes(private_key, KEY);
    public_of(EVP_PKEY_X25519, private_key, public_key);
}

void sign(const uint8_t private_key[KEY], Octets message, uint8_t signature[SIGNATURE]) {
    size_t size = SIGNATURE;
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, private_key, KEY);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    must(key && context && EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1 &&
             EVP_DigestSign(context, signature, &size, message.at, message.size) == 1,
         "signing");
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
}

int verify(const uint8_t public_key[KEY], Octets message, Octets signature) {
    EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, KEY);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int good = key && context && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
               EVP_DigestVerify(context, signature.at, signature.size, message.at, message.size) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return good;
}

int agree(const uint8_t private_key[KEY], const uint8_t public_key[KEY], uint8_t secret[KEY]) {
    size_t size = KEY;
    EVP_PKEY *own = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, private_key, KEY);
    EVP_PKEY *other = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, public_key, KEY);
    EVP_PKEY_CTX *context = own ? EVP_PKEY_CTX_new(own, NULL) : NULL;
    /* libcrypto refuses public keys of small order: their secret would be known to all. */
    int good = context && other && EVP_PKEY_derive_init(context) == 1 &&
               EVP_PKEY_derive_set_peer(context, other) == 1 && EVP_PKEY_derive(context, secret, &size) == 1;
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(own);
    EVP_PKEY_free(other);
    return good;
}

void digest(Octets message, uint8_t out[DIGEST]) {
    must(EVP_Digest(message.at, message.size, out, NULL, EVP_sha256(), NULL) == 1, "SHA-256");
}

void derive(Octets secret, Octets salt, const char *purpose, uint8_t *out, size_t size) {
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
    must(context && EVP_PKEY_derive_init(context) == 1 &&
             EVP_PKEY_CTX_set_hkdf_md(context, EVP_sha256()) == 1 &&
             EVP_PKEY_CTX_set1_hkdf_salt(context, salt.at, (int)salt.size) == 1 &&
             EVP_PKEY_CTX_set1_hkdf_key(context, secret.at, (int)secret.size) == 1 &&
             EVP_PKEY_CTX_add1_hkdf_info(context, (const uint8_t *)purpose, (int)strlen(purpose)) == 1 &&
             EVP_PKEY_derive(context, out, &size) == 1,
         "HKDF");
    EVP_PKEY_CTX_free(context);
}

static void nonce_of(uint64_t counter, uint8_t nonce[12]) {
    memset(nonce, 0, 12);
    for (int place = 0; place < 8; place++) nonce[11 - place] = (uint8_t)(counter >> 8 * place);
}

/* Bring `from` through AES-GCM, from clear to sealed or back. Returns whether the tag is good. */
static int through_gcm(int sealing, const uint8_t key[KEY], uint64_t counter, Octets header, Octets from, uint8_t *to,
                       uint8_t tag[TAG]) {
    uint8_t nonce[12], rest[TAG];
    int size = 0;
    nonce_of(counter, nonce);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    memcpy(to, from.at, from.size);
#ifdef BREAK_IN_CLEAR /* authenticated, and readable by all */
    to = NULL;
#endif
    must(context && EVP_CipherInit_ex(context, EVP_aes_256_gcm(), NULL, key, nonce, sealing) == 1 &&
             (sealing || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1) &&
             EVP_CipherUpdate(context, NULL, &size, header.at, (int)header.size) == 1 &&
             EVP_CipherUpdate(context, to, &size, from.at, (int)from.size) == 1,
         "AES-GCM");
    int good = EVP_CipherFinal_ex(context, rest, &size) == 1;
    if (sealing) must(good && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG, tag) == 1, "AES-GCM");
    EVP_CIPHER_CTX_free(context);
    return good;
}

void seal(const uint8_t key[KEY], uint64_t counter, Octets header, Octets plain, Bytes *into) {
    uint8_t out[ROOM], tag[TAG];
    through_gcm(1, key, counter, header, plain, out, tag);
    put(into, out, plain.size);
    put(into, tag, TAG);
}

int open_sealed(const uint8_t key[KEY], uint64_t counter, Octets header, Octets sealed, Bytes *into) {
    uint8_t out[ROOM], tag[TAG];
    if (sealed.size <= TAG || sealed.size > ROOM) return 0;
    size_t length = sealed.size - TAG;
    memcpy(tag, sealed.at + length, TAG);
    if (!through_gcm(0, key, counter, header, octets(sealed.at, length), out, tag)) return 0;
    put(into, out, length);
    return 1;
}
