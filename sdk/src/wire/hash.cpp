#include <trellis/wire/hash.hpp>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <stdexcept>

namespace trellis::wire {

struct Sha384::State {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { EVP_MD_CTX_free(context); }
};

Sha384::Sha384() : state_(std::make_unique<State>()) {
    if (state_->context == nullptr ||
        EVP_DigestInit_ex(state_->context, EVP_sha384(), nullptr) != 1) {
        throw std::runtime_error("SHA-384 is not available");
    }
}
Sha384::~Sha384() = default;

void Sha384::update(ByteView bytes) {
    if (EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) != 1) {
        throw std::runtime_error("SHA-384 failed");
    }
}

Hash Sha384::finish() {
    Hash out;
    unsigned size = 0;
    if (EVP_DigestFinal_ex(state_->context, reinterpret_cast<unsigned char*>(out.data()), &size) !=
            1 ||
        size != kHashSize) {
        throw std::runtime_error("SHA-384 failed");
    }
    return out;
}

Hash sha384(ByteView bytes) { return sha384(bytes, {}); }

Hash sha384(ByteView first, ByteView second) {
    Sha384 digest;
    digest.update(first);
    digest.update(second);
    return digest.finish();
}

Nonce randomNonce() {
    Nonce out;
    if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size())) != 1) {
        throw std::runtime_error("no random bytes from OpenSSL");
    }
    return out;
}

Hash hashAt(ByteView bytes) noexcept {
    Hash out;
    std::copy_n(bytes.begin(), out.size(), out.begin());
    return out;
}

bool isZero(const Hash& hash) noexcept {
    return std::all_of(hash.begin(), hash.end(), [](std::byte b) { return b == std::byte{0}; });
}

bool isAllOnes(const Hash& hash) noexcept {
    return std::all_of(hash.begin(), hash.end(), [](std::byte b) { return b == std::byte{0xFF}; });
}

bool equal(ByteView left, ByteView right) noexcept {
    return left.size() == right.size() &&
           CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace trellis::wire
