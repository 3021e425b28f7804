/// Where bytes of a backup go to and come from.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>

namespace trellis::store::backup {

/// Throws sdk::Error{Unavailable} when there is no more room.
class Sink {
public:
    virtual ~Sink() = default;
    virtual void write(std::string_view bytes) = 0;
};

class Source {
public:
    virtual ~Source() = default;
    /// Fills `into` from the front, as much as there is. Less than `size` only at the end. Throws
    /// sdk::Error{Unavailable} when it can't be read.
    virtual std::size_t read(char* into, std::size_t size) = 0;
};

class TextSource final : public Source {
public:
    explicit TextSource(std::string_view bytes) : bytes_(bytes) {}
    std::size_t read(char* into, std::size_t size) override {
        const auto count = std::min(size, bytes_.size());
        if (count > 0)
            std::memcpy(into, bytes_.data(), count);
        bytes_.remove_prefix(count);
        return count;
    }

private:
    std::string_view bytes_;
};

class TextSink final : public Sink {
public:
    void write(std::string_view bytes) override { text += bytes; }
    std::string text;
};

/// A new file, mode 0600, that is there as a whole or not at all: written beside as `<path>.part`,
/// synced and renamed by finish(); without that the destructor takes it away.
class FileSink final : public Sink {
public:
    /// Throws Conflict if `path` exists, Unavailable if it can't be made.
    explicit FileSink(const std::filesystem::path& path);
    ~FileSink() override;
    FileSink(const FileSink&) = delete;
    FileSink& operator=(const FileSink&) = delete;
    void write(std::string_view bytes) override;
    void finish();

private:
    std::filesystem::path path_, draft_;
    int descriptor_ = -1;
    bool isFinished_ = false;
};

class FileSource final : public Source {
public:
    /// Throws NotFound, or Unavailable if it can't be opened or is no regular file.
    explicit FileSource(const std::filesystem::path& path);
    ~FileSource() override;
    FileSource(const FileSource&) = delete;
    FileSource& operator=(const FileSource&) = delete;
    std::size_t read(char* into, std::size_t size) override;
    unsigned mode() const noexcept { return mode_; } ///< permission bits

private:
    std::filesystem::path path_;
    int descriptor_ = -1;
    unsigned mode_ = 0;
};

} // namespace trellis::store::backup
