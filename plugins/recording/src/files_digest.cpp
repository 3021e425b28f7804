#include "files_digest.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <trellis/sdk/error.hpp>

namespace recording {

using trellis::sdk::Error;
using trellis::sdk::ErrorCode;

namespace {

constexpr std::size_t kMaxAnswer = 64 * 1024 * 1024;
constexpr std::size_t kMaxCommand = 64 * 1024;
constexpr std::size_t kMaxAnswerTold = 4096;
constexpr std::uint64_t kTogetherMs = 250;
/// What is read of each block at once: enough for most commands, little of data.
constexpr std::size_t kAtOnce = 1024;

class Digest {
public:
    explicit Digest(const mcrec::Reader::Read& read) : read_(read) {}

    /// `start`: the first bytes of the block's data.
    void see(const mcrec::Header& header, std::uint64_t at, std::span<const std::byte> start) {
        const bool isData = (header.flags & mcrec::flag::kBinary) != 0 && !start.empty() &&
                            start[0] != std::byte{'{'};
        if (isData)
            count(header, start);
        else if (!start.empty() && start[0] == std::byte{'{'} && tellsWhatWasDone(header, start))
            keep(header, at, start);
    }
    std::string take() {
        endSum();
        return std::move(out_);
    }

private:
    /// What the device sends of a file begins with 1, 0, 0 and flags (section 7.3).
    static bool isOfDownload(std::span<const std::byte> start) {
        return start.size() >= 4 && start[0] == std::byte{1} && start[1] == std::byte{0} && start[2] == std::byte{0};
    }

    /// Whoever sends a byte that begins like a command puts a zero before it.
    void count(const mcrec::Header& header, std::span<const std::byte> start) {
        const bool fromUser = (header.flags & mcrec::flag::kUser) != 0;
        if (!fromUser && !isOfDownload(start))
            return;
        if (isCounting_ && (header.flags != flags_ || header.time - sinceMs_ >= kTogetherMs))
            endSum();
        if (!isCounting_) {
            isCounting_ = true;
            sinceMs_ = header.time;
            flags_ = header.flags;
        }
        lastMs_ = header.time;
        sum_ += header.size - (fromUser ? (start[0] == std::byte{0} ? 1U : 0U) : 4U);
        if (fromUser || (std::to_integer<unsigned>(start[3]) & 1) == 0)
            return;
        isLast_ = true;
        endSum();
    }

    /// What the user wants, and of the device's answers those that say so: lists of folders do not.
    static bool tellsWhatWasDone(const mcrec::Header& header, std::span<const std::byte> start) {
        if ((header.flags & mcrec::flag::kUser) != 0)
            return true;
        const std::string_view text(reinterpret_cast<const char*>(start.data()), start.size());
        return header.size <= kMaxAnswerTold &&
               (header.size > start.size() || text.find("\"action\"") != text.npos ||
                text.find("\"ctrlChannel\"") != text.npos);
    }

    void keep(const mcrec::Header& header, std::uint64_t at, std::span<const std::byte> start) {
        endSum();
        std::string data(std::min<std::size_t>(header.size, kMaxCommand), '\0');
        const std::span into(reinterpret_cast<std::byte*>(data.data()), data.size());
        const auto have = std::min(start.size(), into.size());
        std::copy_n(start.begin(), have, into.begin());
        if (read_(at + mcrec::kHeaderSize + have, into.subspan(have)) < into.size() - have)
            return;
        append(mcrec::BlockType::Traffic, header.flags, header.time, data);
    }

    void endSum() {
        if (!isCounting_)
            return;
        std::string data;
        for (int shift = 56; shift >= 0; shift -= 8)
            data += static_cast<char>(sum_ >> shift & 0xFF);
        data += isLast_ ? '\1' : '\0';
        append(mcrec::BlockType::Extra, flags_, lastMs_, data);
        sum_ = 0;
        isCounting_ = isLast_ = false;
    }

    void append(mcrec::BlockType type, std::uint16_t flags, std::uint64_t time,
                std::string_view data) {
        if (out_.size() + data.size() > kMaxAnswer) {
            throw Error(ErrorCode::Unavailable,
                        "more was done in this session than a list can hold");
        }
        mcrec::appendBlock(out_, type, flags, time, data);
    }

    const mcrec::Reader::Read& read_;
    std::string out_;
    bool isCounting_ = false, isLast_ = false;
    std::uint16_t flags_ = 0;
    std::uint64_t sum_ = 0, sinceMs_ = 0, lastMs_ = 0;
};

} // namespace

std::string filesDigest(const mcrec::Reader::Read& read, std::uint64_t size) {
    Digest digest(read);
    std::array<std::byte, mcrec::kHeaderSize + kAtOnce> bytes;
    for (auto at = mcrec::firstMessage(read, size).offset; size - at >= mcrec::kHeaderSize;) {
        const auto got =
            read(at, std::span(bytes).first(std::min<std::uint64_t>(bytes.size(), size - at)));
        if (got < mcrec::kHeaderSize)
            break;
        const auto header = mcrec::readHeader(std::span(bytes).first<mcrec::kHeaderSize>());
        if (header.type != static_cast<std::uint16_t>(mcrec::BlockType::Traffic) ||
            header.flags > 3)
            break;
        if (size - at - mcrec::kHeaderSize < header.size)
            break;
        digest.see(header, at,
                   std::span(bytes)
                       .first(std::min(got, mcrec::kHeaderSize + header.size))
                       .subspan(mcrec::kHeaderSize));
        at += mcrec::kHeaderSize + header.size;
    }
    return digest.take();
}

} // namespace recording
