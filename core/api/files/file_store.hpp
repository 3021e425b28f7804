/// Files that users and device groups keep on the server (control-protocol 3.5).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

namespace trellis::api {

/// Whose files: each user and group has a folder of its own.
struct FileArea {
    std::string ownerId;               ///< user/... or mesh/...
    std::optional<std::int64_t> quota; ///< bytes, nothing: no limit
};

/// A folder of an area; `names` from the top, none for the top itself.
struct FilePlace {
    FileArea area;
    std::vector<std::string> names;
};

enum class Removal : std::uint8_t { Single = 1, Recursive };
enum class Transfer : std::uint8_t { Copy = 1, Move };

/// A name that is safe on every system: 1 to 255 bytes of UTF-8 without control characters, none of
/// \ / : * ? " < > |, no dot at the front, no DOS device name.
bool isFileName(std::string_view name);

/// Works below one folder and nowhere else: every component is opened without following symbolic
/// links, so that nothing planted there leads out. Any thread, one change at a time; blocks on the
/// disk. Throws Error: InvalidArgument (names, depth), NotFound, Conflict (exists, not empty),
/// Unavailable (disk, or over the quota).
class FileStore {
public:
    static constexpr std::size_t kMaxDepth = 16;
    static constexpr std::size_t kMaxEntries = 10'000; ///< of one area

    explicit FileStore(std::filesystem::path root) : root_(std::move(root)) {}

    /// `f` of the wire: {name: {t: 2, d: 111, f: {...}} | {t: 3, s: bytes, d: modified in ms}}; cut
    /// at kMaxEntries.
    boost::json::object tree(const FileArea& area);
    void createFolder(const FilePlace& place, const std::string& name);
    void remove(const FilePlace& place, const std::vector<std::string>& names, Removal how);
    void rename(const FilePlace& place, const std::string& from, const std::string& to);
    void transfer(const FilePlace& from, const FilePlace& to, const std::vector<std::string>& names,
                  Transfer how);
    /// Nothing if the file is not smaller than `limit` bytes.
    std::optional<std::string> read(const FilePlace& place, const std::string& name,
                                    std::size_t limit);
    void write(const FilePlace& place, const std::string& name, std::string_view data);

    /// An open file; the descriptor goes with the last copy.
    struct Opened {
        std::shared_ptr<const int> fd;
        std::uint64_t size = 0;
    };
    Opened open(const FilePlace& place, const std::string& name);

    /// A file that comes in piece by piece, in no area yet. It goes with the object unless adopt() took
    /// it. One thread at a time.
    class Incoming {
    public:
        Incoming(std::filesystem::path path, std::string id);
        ~Incoming();
        Incoming(const Incoming&) = delete;
        Incoming& operator=(const Incoming&) = delete;
        void append(std::string_view bytes);
        void finish(); ///< to the disk
        const std::string& id() const noexcept { return id_; }
        std::uint64_t size() const noexcept { return size_; }

    private:
        std::filesystem::path path_;
        std::string id_;
        int fd_ = -1;
        std::uint64_t size_ = 0;
    };
    /// `sender`: the user who alone may adopt it.
    std::unique_ptr<Incoming> receive(std::string_view sender);
    /// Puts what came in into its place, instead of a file that is there. NotFound for an id that is not
    /// of this sender.
    void adopt(const FilePlace& place, const std::string& name, std::string_view sender,
               const std::string& id);
    /// Takes away what came in and was never adopted: at start.
    void dropIncoming() noexcept;

private:
    std::filesystem::path incoming(std::string_view sender, const std::string& id) const;

    std::filesystem::path root_;
    std::mutex mutex_; ///< one change at a time, so that a quota holds
};

} // namespace trellis::api
