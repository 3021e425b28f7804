#include "core/takeover/nedb_file.hpp"

#include <trellis/sdk/error.hpp>

#include <algorithm>
#include <unordered_map>

namespace trellis::takeover {

namespace {

using sdk::Error;
using sdk::ErrorCode;

/// Lines of a file that may hold one of any length: nothing beyond the limit is kept.
class Lines {
public:
    explicit Lines(std::ifstream& in) : in_(in) {}

    enum class Outcome : std::uint8_t { Line = 1, Unfinished, TooLong, End };
    /// Unfinished: the file's last line has no line end.
    Outcome next() {
        offset_ += text_.size() + (hadEnd_ ? 1 : 0);
        text_.clear();
        ++number_;
        for (;;) {
            if (at_ == size_ && !fill())
                return finish();
            const char* begin = buffer_.data() + at_;
            const char* end = buffer_.data() + size_;
            const char* stop = std::find(begin, end, '\n');
            if (text_.size() + static_cast<std::size_t>(stop - begin) > kMaxLine)
                return Outcome::TooLong;
            text_.append(begin, stop);
            at_ = static_cast<std::size_t>(stop - buffer_.data());
            if (stop == end)
                continue;
            ++at_;
            hadEnd_ = true;
            return Outcome::Line;
        }
    }
    const std::string& text() const noexcept { return text_; }
    std::uint64_t number() const noexcept { return number_; }
    std::uint64_t offset() const noexcept { return offset_; }

private:
    bool fill() {
        in_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
        size_ = static_cast<std::size_t>(in_.gcount());
        at_ = 0;
        return size_ > 0;
    }
    Outcome finish() {
        hadEnd_ = false;
        return text_.empty() ? Outcome::End : Outcome::Unfinished;
    }

    std::ifstream& in_;
    std::vector<char> buffer_ = std::vector<char>(256 * 1024);
    std::size_t at_ = 0, size_ = 0;
    std::string text_;
    std::uint64_t number_ = 0, offset_ = 0;
    bool hadEnd_ = false;
};

/// What it is instead, as far as the first bytes tell.
std::string foreignKind(std::string_view first) {
    if (first.starts_with("SQLite format 3"))
        return "this is an SQLite database, not a NeDB file";
    const bool isBase64 =
        first.size() >= 32 && std::all_of(first.begin(), first.end(), [](unsigned char c) {
            return std::isalnum(c) != 0 || c == '+' || c == '/' || c == '=';
        });
    if (isBase64)
        return "the file is encrypted (dbEncryptKey of config.json): start MeshCentral once "
               "without "
               "that key's option after decrypting it, then import";
    return {};
}

std::string typeOf(const boost::json::object& document) {
    const auto* type = document.if_contains("type");
    const bool isText = type != nullptr && type->is_string() && type->get_string().size() <= 64;
    return isText ? std::string(type->get_string()) : std::string();
}

} // namespace

NedbFile::NedbFile(std::filesystem::path path) : path_(std::move(path)) {
    std::error_code problem;
    if (!std::filesystem::is_regular_file(path_, problem))
        throw Error(ErrorCode::InvalidArgument,
                    path_.string() + ": " + (problem ? problem.message() : "not a file"));
    in_.open(path_, std::ios::binary);
    if (!in_)
        throw Error(ErrorCode::Unavailable, path_.string() + ": can't be read");
    scan();
    in_.clear();
}

void NedbFile::fail(std::uint64_t line, const std::string& why) const {
    throw Error(ErrorCode::InvalidArgument,
                path_.filename().string() + ", line " + std::to_string(line) + ": " + why);
}

void NedbFile::scan() {
    std::unordered_map<std::string, std::size_t> latest; // id -> place in entries_
    Lines lines(in_);
    for (;;) {
        const auto outcome = lines.next();
        if (outcome == Lines::Outcome::End)
            break;
        if (outcome == Lines::Outcome::TooLong)
            fail(lines.number(), "the line is longer than 16 MiB");
        if (lines.text().empty())
            continue;
        std::string fault;
        const auto line = parseNedbLine(lines.text(), fault);
        if (!line) {
            const auto kind = lines.number() == 1 ? foreignKind(lines.text()) : std::string();
            const bool isCut = outcome == Lines::Outcome::Unfinished;
            fail(lines.number(), !kind.empty() ? kind
                                 : isCut ? "the file ends in the middle of a line (" + fault + ")"
                                         : fault);
        }
        if (line->kind == NedbLine::Kind::Index)
            continue;
        if (const auto found = latest.find(line->id); found != latest.end()) {
            entries_[found->second].place.size = 0; // superseded
            latest.erase(found);
        }
        if (line->kind == NedbLine::Kind::Removal)
            continue;
        if (latest.size() >= kMaxDocuments)
            fail(lines.number(), "more than 20 million documents");
        latest.emplace(line->id, entries_.size());
        entries_.push_back(
            {line->id,
             typeOf(line->document),
             {lines.offset(), lines.number(), static_cast<std::uint32_t>(lines.text().size())}});
    }
    if (in_.bad())
        throw Error(ErrorCode::Unavailable, path_.string() + ": can't be read to its end");
    std::erase_if(entries_, [](const Entry& entry) { return entry.place.size == 0; });
}

boost::json::object NedbFile::read(const Entry& entry) {
    std::string text(entry.place.size, '\0');
    in_.clear();
    in_.seekg(static_cast<std::streamoff>(entry.place.offset));
    in_.read(text.data(), static_cast<std::streamsize>(text.size()));
    std::string fault = "the file changed while it was read";
    auto line = in_ ? parseNedbLine(text, fault) : std::nullopt;
    if (!line || line->id != entry.id)
        fail(entry.place.line, fault.empty() ? "the file changed while it was read" : fault);
    return std::move(line->document);
}

std::string NedbFile::where(const Entry& entry) const {
    return path_.filename().string() + ", line " + std::to_string(entry.place.line);
}

} // namespace trellis::takeover
