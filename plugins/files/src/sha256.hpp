/// SHA-256 of a stream (FIPS 180-4).
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include <openssl/evp.h>

namespace files {

/// Throws Error{Internal} when the library refuses.
class Sha256 {
public:
    Sha256();
    void add(std::span<const std::byte> bytes);
    /// Of what was added until now, hex in lower case; more may follow.
    std::string text() const;
    void restart();

private:
    std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

}  // namespace files
