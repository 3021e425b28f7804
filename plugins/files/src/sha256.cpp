#include "sha256.hpp"

#include <array>

#include <trellis/sdk/error.hpp>
#include <trellis/wire/text.hpp>

namespace files {

namespace wire = trellis::wire;

namespace {

void check(int result) {
    if (result != 1)
        throw trellis::sdk::Error(trellis::sdk::ErrorCode::Internal, "SHA-256 is not available");
}

}  // namespace

Sha256::Sha256() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) { restart(); }

void Sha256::restart() {
    check(context_ ? EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) : 0);
}

void Sha256::add(std::span<const std::byte> bytes) {
    check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

std::string Sha256::text() const {
    Sha256 copy;
    std::array<std::uint8_t, 32> digest{};
    check(EVP_MD_CTX_copy_ex(copy.context_.get(), context_.get()));
    check(EVP_DigestFinal_ex(copy.context_.get(), digest.data(), nullptr));
    return wire::encodeHex(std::as_bytes(std::span(digest)), wire::HexCase::Lower);
}

}  // namespace files
