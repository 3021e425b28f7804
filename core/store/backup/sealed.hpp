/// The outside of a backup: encrypted with a passphrase, in pieces whose order and end are
/// authenticated. The form is in docs/design/backup-format.md.
#pragma once

#include "core/store/backup/bytes.hpp"

#include <array>
#include <cstdint>
#include <memory>

namespace trellis::store::backup {

inline constexpr std::size_t kPieceSize = 64 * 1024; ///< plain bytes of every piece but the last
inline constexpr std::size_t kTagSize = 16;
inline constexpr std::size_t kHeadSize = 64;
inline constexpr std::uint16_t kSealedVersion = 1;
inline constexpr std::size_t kMinPassphrase = 12;

/// argon2id (RFC 9106) with 64 MiB, 3 passes, 1 lane; what a file asks for is bounded on reading.
struct KeyCost {
    std::uint32_t memoryKiB = 64 * 1024;
    std::uint32_t passes = 3;
};

/// Encrypts what is written to it. finish() has to be called, or the result is a truncated backup.
class SealedSink final : public Sink {
public:
    /// Throws InvalidArgument for a passphrase under kMinPassphrase, Unavailable without memory.
    SealedSink(Sink& out, std::string_view passphrase, KeyCost cost = {});
    ~SealedSink() override;
    void write(std::string_view bytes) override;
    void finish();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Decrypts. Every byte that it hands out is authentic and in its place; that the end was reached is
/// known once read() gave less than asked for. Throws sdk::Error: InvalidArgument (not a backup, of a
/// newer version, or asks for too much), Unauthenticated (wrong passphrase), Conflict (damaged or
/// truncated, with the place).
class SealedSource final : public Source {
public:
    SealedSource(Source& in, std::string_view passphrase);
    ~SealedSource() override;
    std::size_t read(char* into, std::size_t size) override;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace trellis::store::backup
