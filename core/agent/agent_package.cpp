#include "core/agent/agent_package.hpp"

#include <trellis/sdk/error.hpp>
#include <trellis/wire/settings.hpp>
#include <trellis/wire/text.hpp>

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

namespace trellis::agent {
namespace {

std::uint32_t littleEndian(const char* at) {
    std::uint32_t value = 0;
    for (int i = 3; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(at[i]);
    return value;
}

std::string asLittleEndian(std::uint32_t value) {
    std::string out;
    for (int i = 0; i < 4; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
    return out;
}

/// Bytes at a place of the file, as far as there are any.
std::string bytesAt(const AgentBinary& binary, std::uint64_t offset, std::size_t size) {
    std::string out(size, '\0');
    const auto got = ::pread(*binary.fd, out.data(), size, static_cast<off_t>(offset));
    if (got < 0) throw sdk::Error(sdk::ErrorCode::Unavailable, "the agent can't be read");
    out.resize(static_cast<std::size_t>(got));
    return out;
}

/// Where a signed program says how long its certificates are (Microsoft PE format: "Optional Header
/// Data Directories", "The Attribute Certificate Table").
struct CertificateTable {
    std::uint64_t sizePlace = 0; ///< of the directory entry's size
    std::uint32_t address = 0;   ///< of the table in the file; its own length is first in it
    std::uint32_t size = 0;
};

std::optional<CertificateTable> certificatesOf(const AgentBinary& binary) {
    const auto head = bytesAt(binary, 0, 4096);
    if (head.size() < 0x40 || head.compare(0, 2, "MZ") != 0) return std::nullopt;
    const std::size_t pe = littleEndian(head.data() + 0x3C);
    constexpr std::size_t kSignature = 4, kFileHeader = 20, kDirectory = 8, kSecurity = 4;
    const std::size_t optional = pe + kSignature + kFileHeader;
    if (pe > head.size() || optional + 2 > head.size() || head.compare(pe, 4, {"PE\0\0", 4}) != 0) {
        return std::nullopt;
    }
    const bool is64 = head.compare(optional, 2, "\x0B\x02") == 0;
    const std::size_t entry = optional + (is64 ? 112 : 96) + kSecurity * kDirectory;
    if (entry + kDirectory > head.size()) return std::nullopt;
    CertificateTable table{entry + 4, littleEndian(head.data() + entry),
                           littleEndian(head.data() + entry + 4)};
    const bool isLast = table.size != 0 &&
                        std::uint64_t{table.address} + table.size == binary.size;
    return isLast ? std::optional(table) : std::nullopt;
}

/// Bytes of the file that are replaced while it is sent.
struct Patch {
    std::uint64_t offset = 0;
    std::string bytes;
};

class Package final : public net::BodyProducer {
public:
    Package(AgentBinary binary, std::vector<Patch> patches, std::string tail)
        : binary_(std::move(binary)), patches_(std::move(patches)), tail_(std::move(tail)) {}

    std::uint64_t size() const { return binary_.size + tail_.size(); }
    State produce(std::string& out, std::size_t atMost) override {
        if (at_ < binary_.size) return file(out, atMost);
        const auto from = static_cast<std::size_t>(at_ - binary_.size);
        const auto count = std::min(atMost, tail_.size() - from);
        if (count == 0) return State::End;
        out.append(tail_, from, count);
        at_ += count;
        return State::Data;
    }

private:
    State file(std::string& out, std::size_t atMost) {
        const auto count = static_cast<std::size_t>(
            std::min<std::uint64_t>({atMost, binary_.size - at_, 64 * 1024}));
        std::string piece(count, '\0');
        const auto got = ::pread(*binary_.fd, piece.data(), count, static_cast<off_t>(at_));
        if (got <= 0) return State::Failed; // shorter than it was: an incomplete agent is none
        piece.resize(static_cast<std::size_t>(got));
        for (const auto& patch : patches_) {
            for (std::size_t i = 0; i < patch.bytes.size(); ++i) {
                const auto place = patch.offset + i;
                if (place >= at_ && place < at_ + piece.size()) piece[place - at_] = patch.bytes[i];
            }
        }
        at_ += piece.size();
        out += piece;
        return State::Data;
    }

    AgentBinary binary_;
    std::vector<Patch> patches_;
    std::string tail_;
    std::uint64_t at_ = 0;
};

} // namespace

net::HttpResponse packageOf(const AgentBinary& binary, std::string settings) {
    const auto trailer =
        wire::buildSettingsTrailer(static_cast<std::uint32_t>(settings.size()));
    std::string tail = std::move(settings) + std::string(wire::textOf(trailer));
    std::vector<Patch> patches;
    if (const auto table = certificatesOf(binary)) {
        // Certificates are 8 bytes aligned, and the trailer has to be the last of the file.
        tail.insert(0, (8 - (table->size + tail.size()) % 8) % 8, '\0');
        const auto length = bytesAt(binary, table->address, 4);
        const auto more = static_cast<std::uint32_t>(tail.size());
        if (length.size() == 4) {
            patches = {{table->sizePlace, asLittleEndian(table->size + more)},
                       {table->address, asLittleEndian(littleEndian(length.data()) + more)}};
        }
    }
    auto package = std::make_shared<Package>(binary, std::move(patches), std::move(tail));
    net::HttpResponse out;
    out.headers.set("Content-Type", "application/octet-stream");
    out.headers.set("Content-Disposition", "attachment; filename=\"" + binary.name + "\"");
    out.headers.set("Cache-Control", "no-store");
    const auto size = package->size();
    out.body = net::ProducedBody{std::move(package), size};
    return out;
}

} // namespace trellis::agent
