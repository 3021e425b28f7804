#include "picture_at.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <trellis/sdk/error.hpp>

#include "desktop_index.hpp"

namespace recording {

using trellis::sdk::Error;
using trellis::sdk::ErrorCode;
namespace json = boost::json;
using Pointers = std::vector<std::uint64_t>;

namespace {

constexpr std::size_t kMaxAnswer = 64 * 1024 * 1024;
constexpr std::uint32_t kMaxIndex = 64 * 1024 * 1024;
constexpr std::ptrdiff_t kMaxArrays = 3 * DesktopIndex::kMaxEntries + 3;
constexpr unsigned kMaxSide = 65535;

bool isFromDevice(const mcrec::Header& header) noexcept {
    return header.type == static_cast<std::uint16_t>(mcrec::BlockType::Traffic) &&
           header.flags == mcrec::flag::kBinary;
}

/// One entry of an index: the picture at a time that is a multiple of its interval.
struct Entry {
    std::uint64_t pointer = 0; ///< of what comes after it
    unsigned width = 0, height = 0;
    Pointers tiles;
    std::optional<std::pair<std::uint64_t, std::uint64_t>>
        stream; ///< its description and its key frame
    std::optional<Pointers> frames;
};

/// Numbers from the `from`th on; nothing when one is no offset.
std::optional<Pointers> pointersIn(const json::value* value, std::size_t from) {
    if (value == nullptr || !value->is_array())
        return std::nullopt;
    const auto& array = value->get_array();
    Pointers out;
    for (std::size_t i = from; i < array.size(); ++i) {
        if (!array[i].is_int64() || array[i].get_int64() < 0)
            return std::nullopt;
        out.push_back(static_cast<std::uint64_t>(array[i].get_int64()));
    }
    return out;
}

class Index {
public:
    explicit Index(const std::string& text) {
        // An array takes more room than its text. What no recorder writes is as good as none.
        if (std::count(text.begin(), text.end(), '[') > kMaxArrays)
            return;
        json::error_code failed;
        auto value = json::parse(text, failed);
        if (!failed && value.is_object())
            all_ = std::move(value.get_object());
    }

    /// The last whole picture at or before `time` (since 1970).
    std::optional<Entry> before(std::int64_t time) const {
        const auto* interval = all_.if_contains("indexInterval");
        const auto* start = all_.if_contains("indexStartTime");
        const auto* entries = all_.if_contains("indexes");
        if (interval == nullptr || start == nullptr || entries == nullptr)
            return std::nullopt;
        if (!interval->is_int64() || !start->is_int64() || !entries->is_array())
            return std::nullopt;
        const auto seconds = interval->get_int64();
        if (seconds < 1 || seconds > 86'400 || time < start->get_int64() || start->get_int64() < 0)
            return std::nullopt;
        auto count = std::min<std::int64_t>((time - start->get_int64()) / (seconds * 1000),
                                            static_cast<std::int64_t>(entries->get_array().size()));
        for (; count > 0; --count) {
            if (auto found = read(static_cast<std::size_t>(count - 1)))
                return found;
        }
        return std::nullopt;
    }

private:
    const json::value* at(const char* name, std::size_t number) const {
        const auto* all = all_.if_contains(name);
        if (all == nullptr || !all->is_array() || number >= all->get_array().size())
            return nullptr;
        return &all->get_array()[number];
    }

    std::optional<Entry> read(std::size_t number) const {
        const auto all = pointersIn(at("indexes", number), 0);
        if (!all || all->size() < 3)
            return std::nullopt;
        const auto width = (*all)[1], height = (*all)[2];
        if (width < 1 || height < 1 || width > kMaxSide || height > kMaxSide)
            return std::nullopt;
        Entry out{all->front(),
                  static_cast<unsigned>(width),
                  static_cast<unsigned>(height),
                  Pointers(all->begin() + 3, all->end()),
                  {},
                  pointersIn(at("frames", number), 0)};
        const auto stream = pointersIn(at("streams", number), 0);
        if (stream && stream->size() == 2)
            out.stream = {stream->front(), stream->back()};
        return out;
    }

    json::object all_;
};

/// Follows a desktop to one moment and gathers what is to be seen then.
class Picture {
public:
    Picture(const mcrec::Reader::Read& read, std::uint64_t end, std::uint64_t base)
        : read_(read), end_(end), base_(base), index_(base, 0, 0) {}

    void begin(const Entry& entry) {
        index_ = DesktopIndex(base_, entry.width, entry.height);
        width_ = entry.width;
        height_ = entry.height;
        at_ = base_ + entry.pointer;
        Pointers known = entry.tiles;
        if (entry.stream) {
            known.push_back(entry.stream->first);
            known.push_back(entry.stream->second);
            // Without a list of its frames they are found from the key frame on.
            if (entry.frames)
                known.insert(known.end(), entry.frames->begin(), entry.frames->end());
            else
                at_ = behind(entry.stream->second);
        }
        std::sort(known.begin(), known.end());
        if (entry.stream) { // the tiles before it stay where it lies below them
            std::erase(known, entry.stream->first);
            std::erase(known, entry.stream->second);
            known.insert(known.begin(), {entry.stream->first, entry.stream->second});
        }
        for (const auto pointer : known) {
            if (!entry.frames && entry.stream && pointer > entry.stream->second)
                break;
            feed(pointer);
            begun_.push_back(pointer);
        }
    }

    /// Sees everything until `time`, since 1970.
    void walk(std::uint64_t time) {
        from_ = at_;
        mcrec::Reader reader(read_, end_, at_);
        mcrec::Block block;
        while (reader.next(block) == mcrec::Reader::Result::Found && block.header.time <= time) {
            if (block.header.type != static_cast<std::uint16_t>(mcrec::BlockType::Traffic))
                break;
            at_ = reader.where();
            index_.see(block.offset, 0, isFromDevice(block.header), block.data);
        }
    }

    std::string blocks() const {
        // Where the list tells less than the file: what is known from before, and everything since.
        const bool isTold = index_.isKnown() && index_.hasAllFrames();
        std::string out;
        const json::object facts{{"next", at_},
                                 {"width", isTold ? index_.width() : width_},
                                 {"height", isTold ? index_.height() : height_}};
        mcrec::appendBlock(out, mcrec::BlockType::Extra, 0, 0, json::serialize(facts));
        for (const auto pointer : isTold ? visible() : begun_)
            append(out, base_ + pointer, 0);
        if (!isTold)
            append(out, from_, at_ - from_);
        return out;
    }

private:
    void feed(std::uint64_t pointer) {
        mcrec::Reader reader(read_, end_, base_ + pointer);
        mcrec::Block block;
        if (reader.next(block) == mcrec::Reader::Result::Found) {
            index_.see(block.offset, 0, isFromDevice(block.header), block.data);
        }
    }

    /// Offset of the block after this one.
    std::uint64_t behind(std::uint64_t pointer) const {
        std::array<std::byte, mcrec::kHeaderSize> head;
        const auto at = base_ + pointer;
        if (at >= end_ || read_(at, head) < head.size())
            return end_;
        return at + mcrec::kHeaderSize + mcrec::readHeader(head).size;
    }

    Pointers visible() const {
        auto all = index_.tiles();
        if (!index_.hasKey())
            return all;
        all.insert(all.end(), index_.frames().begin(), index_.frames().end());
        std::sort(all.begin(), all.end());
        all.insert(all.begin(), {index_.stream(), index_.key()});
        return all;
    }

    /// `bytes` 0: one block.
    void append(std::string& out, std::uint64_t at, std::uint64_t bytes) const {
        if (bytes == 0)
            bytes = behind(at - base_) - at;
        if (at > end_ || bytes > end_ - at)
            return;
        if (out.size() + bytes > kMaxAnswer)
            throw Error(ErrorCode::Unavailable, "the picture is too large");
        const auto old = out.size();
        out.resize(old + bytes);
        const std::span into(reinterpret_cast<std::byte*>(out.data()) + old, bytes);
        if (read_(at, into) < bytes)
            out.resize(old);
    }

    const mcrec::Reader::Read& read_;
    const std::uint64_t end_, base_;
    DesktopIndex index_;
    Pointers begun_;
    unsigned width_ = 0, height_ = 0;
    std::uint64_t from_ = 0, at_ = base_;
};

} // namespace

std::string indexIn(const mcrec::Reader::Read& read, std::uint64_t size) {
    const auto tail = mcrec::readTail(read, size);
    if (!tail || !tail->isIndexed)
        return {};
    if (tail->extraSize > kMaxIndex)
        throw Error(ErrorCode::Unavailable, "the index is too large");
    std::string text(tail->extraSize, '\0');
    const std::span into(reinterpret_cast<std::byte*>(text.data()), text.size());
    return read(tail->extraOffset + mcrec::kHeaderSize, into) < text.size() ? std::string() : text;
}

std::string makeIndex(const mcrec::Reader::Read& read, std::uint64_t size) {
    DesktopIndex index;
    mcrec::Reader reader(read, size);
    mcrec::Block block;
    while (reader.next(block) == mcrec::Reader::Result::Found) {
        if (block.header.type == static_cast<std::uint16_t>(mcrec::BlockType::First))
            continue;
        if (block.header.type != static_cast<std::uint16_t>(mcrec::BlockType::Traffic))
            break;
        index.see(block.offset, block.header.time, isFromDevice(block.header), block.data);
    }
    return index.json();
}

std::string pictureAt(const mcrec::Reader::Read& read, std::uint64_t size, const std::string& index,
                      std::int64_t ms) {
    const auto [base, start] = mcrec::firstMessage(read, size);
    const auto time = start + static_cast<std::uint64_t>(std::max<std::int64_t>(0, ms));
    Picture picture(read, size, base);
    if (const auto entry = Index(index).before(static_cast<std::int64_t>(time)))
        picture.begin(*entry);
    picture.walk(time);
    return picture.blocks();
}

} // namespace recording
