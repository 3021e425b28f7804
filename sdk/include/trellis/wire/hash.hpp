/// SHA-384 values: certificate and key hashes, nonces, script and file hashes.
#pragma once

#include <trellis/wire/bytes.hpp>

#include <memory>

namespace trellis::wire {

inline constexpr std::size_t kHashSize = 48;
using Hash = std::array<std::byte, kHashSize>;
/// A nonce has the size of a hash (Protocol 3.1).
using Nonce = std::array<std::byte, kHashSize>;

/// Throws std::runtime_error if OpenSSL fails (out of memory).
Hash sha384(ByteView bytes);
Hash sha384(ByteView first, ByteView second);

/// SHA-384 of data that arrives in pieces.
class Sha384 {
public:
    Sha384();
    ~Sha384();
    Sha384(const Sha384&) = delete;
    Sha384& operator=(const Sha384&) = delete;
    void update(ByteView bytes);
    /// Ends the object's use.
    Hash finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// From the operating system's random source. Throws std::runtime_error if it fails.
Nonce randomNonce();

/// The first 48 bytes of `bytes`; the caller has checked the size.
Hash hashAt(ByteView bytes) noexcept;
bool isZero(const Hash& hash) noexcept;
bool isAllOnes(const Hash& hash) noexcept;
/// Takes the same time whatever differs.
bool equal(ByteView left, ByteView right) noexcept;

}  // namespace trellis::wire
