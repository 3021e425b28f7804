#include "core/api/files/file_store.hpp"

#include "core/api/files/file_io.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <trellis/sdk/error.hpp>
#include <trellis/wire/hash.hpp>
#include <trellis/wire/text.hpp>
#include <unistd.h>

namespace trellis::api {

namespace {

namespace json = boost::json;
using sdk::Error;
using sdk::ErrorCode;

class Fd {
public:
    explicit Fd(int fd) noexcept : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    ~Fd() {
        if (fd_ >= 0)
            ::close(fd_);
    }
    int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }

private:
    int fd_;
};

constexpr int kFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

void checkName(const std::string& name) {
    if (!isFileName(name))
        throw Error(ErrorCode::InvalidArgument, "not a file name");
}

Fd openFolder(int parent, const std::string& name) {
    Fd fd(::openat(parent, name.c_str(), kFolder));
    if (!fd)
        fail(name);
    return fd;
}

/// The area's own folder, made when it isn't there. Its name is a hash: ids have slashes, and user
/// names may be anything.
Fd openArea(const std::filesystem::path& root, const FileArea& area) {
    std::error_code ignored;
    std::filesystem::create_directories(root, ignored);
    const Fd top(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!top)
        fail("the folder for files");
    const auto name =
        wire::encodeHex(wire::sha384(wire::bytesOf(area.ownerId)), wire::HexCase::Lower);
    if (::mkdirat(top.get(), name.c_str(), 0700) != 0 && errno != EEXIST)
        fail("the folder for files");
    return openFolder(top.get(), name);
}

Fd openPlace(const std::filesystem::path& root, const FilePlace& place) {
    if (place.names.size() >= FileStore::kMaxDepth)
        throw Error(ErrorCode::InvalidArgument, "too many folders in each other");
    auto fd = openArea(root, place.area);
    for (const auto& name : place.names) {
        checkName(name);
        fd = openFolder(fd.get(), name);
    }
    return fd;
}

struct Entry {
    std::string name;
    struct stat facts {};
    bool isFolder() const noexcept { return S_ISDIR(facts.st_mode); }
};

/// Folders and plain files; what else there might be is not ours.
std::vector<Entry> entriesOf(int folder) {
    std::vector<Entry> found;
    const int copy = ::openat(folder, ".", kFolder);
    const std::unique_ptr<DIR, int (*)(DIR*)> list(copy < 0 ? nullptr : ::fdopendir(copy),
                                                   [](DIR* dir) { return dir ? ::closedir(dir) : 0; });
    if (!list) {
        if (copy >= 0)
            ::close(copy);
        fail("the folder");
    }
    while (const auto* item = ::readdir(list.get())) {
        Entry entry{item->d_name, {}};
        if (!isFileName(entry.name) || found.size() >= FileStore::kMaxEntries)
            continue;
        if (::fstatat(folder, entry.name.c_str(), &entry.facts, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (entry.isFolder() || S_ISREG(entry.facts.st_mode))
            found.push_back(std::move(entry));
    }
    return found;
}

Entry entryOf(int folder, const std::string& name) {
    checkName(name);
    Entry entry{name, {}};
    if (::fstatat(folder, name.c_str(), &entry.facts, AT_SYMLINK_NOFOLLOW) != 0)
        fail(name);
    return entry;
}

/// Bytes and entries below, counted to a limit.
struct Sum {
    std::int64_t bytes = 0;
    std::size_t entries = 0;
};

void addUp(int folder, std::size_t depth, Sum& sum) {
    for (const auto& entry : entriesOf(folder)) {
        ++sum.entries;
        if (!entry.isFolder())
            sum.bytes += entry.facts.st_size;
        else if (depth < FileStore::kMaxDepth && sum.entries < FileStore::kMaxEntries)
            addUp(openFolder(folder, entry.name).get(), depth + 1, sum);
    }
}

json::object treeOf(int folder, std::size_t depth, std::size_t& left) {
    json::object tree;
    for (const auto& entry : entriesOf(folder)) {
        if (left == 0)
            break;
        --left;
        if (entry.isFolder()) {
            json::object below;
            if (depth < FileStore::kMaxDepth)
                below = treeOf(openFolder(folder, entry.name).get(), depth + 1, left);
            tree[entry.name] = {{"t", 2}, {"d", 111}, {"f", std::move(below)}};
        } else {
            tree[entry.name] = {{"t", 3},
                                {"s", entry.facts.st_size},
                                {"d", std::int64_t{entry.facts.st_mtim.tv_sec} * 1000}};
        }
    }
    return tree;
}

void removeEntry(int folder, const Entry& entry, Removal how, std::size_t depth) {
    if (entry.isFolder() && how == Removal::Recursive && depth < FileStore::kMaxDepth) {
        const auto inside = openFolder(folder, entry.name);
        for (const auto& below : entriesOf(inside.get()))
            removeEntry(inside.get(), below, how, depth + 1);
    }
    if (::unlinkat(folder, entry.name.c_str(), entry.isFolder() ? AT_REMOVEDIR : 0) != 0)
        fail(entry.name);
}

void copyFile(int from, int to, const std::string& name) {
    const Fd source(::openat(from, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    const Fd target(::openat(to, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                             0600));
    if (!source || !target)
        fail(name);
    std::string piece(64 * 1024, '\0');
    for (;;) {
        const auto got = ::read(source.get(), piece.data(), piece.size());
        if (got < 0)
            fail(name);
        if (got == 0)
            return;
        writeAll(target.get(), std::string_view(piece).substr(0, static_cast<std::size_t>(got)),
                 name);
    }
}

void copyEntry(int from, int to, const Entry& entry, std::size_t depth) {
    if (!entry.isFolder()) {
        copyFile(from, to, entry.name);
        return;
    }
    if (depth >= FileStore::kMaxDepth)
        throw Error(ErrorCode::InvalidArgument, "too many folders in each other");
    const auto source = openFolder(from, entry.name);
    const auto inside = entriesOf(source.get()); // read first: the copy may be made inside it
    if (::mkdirat(to, entry.name.c_str(), 0700) != 0)
        fail(entry.name);
    const auto target = openFolder(to, entry.name);
    for (const auto& below : inside)
        copyEntry(source.get(), target.get(), below, depth + 1);
}

/// Throws when `more` does not fit beside what is there.
void checkRoom(int area, const FileArea& owner, const Sum& more) {
    Sum sum;
    addUp(area, 0, sum);
    if (sum.entries + more.entries > FileStore::kMaxEntries)
        throw Error(ErrorCode::Unavailable, "too many files");
    if (owner.quota && sum.bytes + more.bytes > *owner.quota)
        throw Error(ErrorCode::Unavailable, "not enough room: the quota is used up");
}

} // namespace

json::object FileStore::tree(const FileArea& area) {
    auto left = kMaxEntries;
    return treeOf(openArea(root_, area).get(), 0, left);
}

void FileStore::createFolder(const FilePlace& place, const std::string& name) {
    checkName(name);
    const std::lock_guard turn(mutex_);
    const auto folder = openPlace(root_, place);
    checkRoom(openArea(root_, place.area).get(), place.area, {0, 1});
    if (::mkdirat(folder.get(), name.c_str(), 0700) != 0)
        fail(name);
}

void FileStore::remove(const FilePlace& place, const std::vector<std::string>& names, Removal how) {
    const std::lock_guard turn(mutex_);
    const auto folder = openPlace(root_, place);
    for (const auto& name : names)
        removeEntry(folder.get(), entryOf(folder.get(), name), how, place.names.size());
}

void FileStore::rename(const FilePlace& place, const std::string& from, const std::string& to) {
    checkName(to);
    const std::lock_guard turn(mutex_);
    const auto folder = openPlace(root_, place);
    entryOf(folder.get(), from);
    if (::renameat2(folder.get(), from.c_str(), folder.get(), to.c_str(), RENAME_NOREPLACE) != 0)
        fail(to);
}

void FileStore::transfer(const FilePlace& from, const FilePlace& to,
                         const std::vector<std::string>& names, Transfer how) {
    const std::lock_guard turn(mutex_);
    const auto source = openPlace(root_, from);
    const auto target = openPlace(root_, to);
    for (const auto& name : names) {
        const auto entry = entryOf(source.get(), name);
        const bool isSameArea = from.area.ownerId == to.area.ownerId;
        if (how == Transfer::Copy || !isSameArea) {
            Sum more{entry.isFolder() ? 0 : entry.facts.st_size, 1};
            if (entry.isFolder())
                addUp(openFolder(source.get(), name).get(), 0, more);
            checkRoom(openArea(root_, to.area).get(), to.area, more);
        }
        if (how == Transfer::Copy)
            copyEntry(source.get(), target.get(), entry, to.names.size());
        else if (::renameat2(source.get(), name.c_str(), target.get(), name.c_str(),
                             RENAME_NOREPLACE) != 0)
            fail(name);
    }
}

std::optional<std::string> FileStore::read(const FilePlace& place, const std::string& name,
                                           std::size_t limit) {
    checkName(name);
    const auto folder = openPlace(root_, place);
    const Fd file(
        ::openat(folder.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat facts {};
    if (!file || ::fstat(file.get(), &facts) != 0)
        fail(name);
    if (!S_ISREG(facts.st_mode))
        throw Error(ErrorCode::NotFound, "there is no " + name);
    std::string data(limit, '\0');
    std::size_t size = 0;
    while (size < limit) {
        const auto got = ::read(file.get(), data.data() + size, limit - size);
        if (got < 0)
            fail(name);
        if (got == 0)
            break;
        size += static_cast<std::size_t>(got);
    }
    if (size >= limit)
        return std::nullopt;
    data.resize(size);
    return data;
}

void FileStore::write(const FilePlace& place, const std::string& name, std::string_view data) {
    checkName(name);
    const auto file = receive(place.area.ownerId);
    file->append(data);
    file->finish();
    adopt(place, name, place.area.ownerId, file->id());
}

FileStore::Opened FileStore::open(const FilePlace& place, const std::string& name) {
    checkName(name);
    const auto folder = openPlace(root_, place);
    const int fd =
        ::openat(folder.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        fail(name);
    Opened opened;
    opened.fd = std::shared_ptr<const int>(new int(fd), [](const int* one) {
        ::close(*one);
        delete one;
    });
    struct stat facts {};
    if (::fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode))
        throw Error(ErrorCode::NotFound, "there is no " + name);
    opened.size = static_cast<std::uint64_t>(facts.st_size);
    return opened;
}

void FileStore::adopt(const FilePlace& place, const std::string& name, std::string_view sender,
                      const std::string& id) {
    checkName(name);
    const bool isId = id.size() == 32 && id.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!isId)
        throw Error(ErrorCode::NotFound, "there is no such upload");
    const auto from = incoming(sender, id);
    struct stat facts {};
    if (::lstat(from.c_str(), &facts) != 0)
        throw Error(ErrorCode::NotFound, "there is no such upload");
    const std::lock_guard turn(mutex_);
    const auto folder = openPlace(root_, place);
    Sum more{static_cast<std::int64_t>(facts.st_size), 1};
    struct stat old {};
    if (::fstatat(folder.get(), name.c_str(), &old, AT_SYMLINK_NOFOLLOW) == 0) {
        if (!S_ISREG(old.st_mode))
            throw Error(ErrorCode::Conflict, name + " is not a file");
        more = {more.bytes - old.st_size, 0};
    }
    checkRoom(openArea(root_, place.area).get(), place.area, more);
    if (::renameat(AT_FDCWD, from.c_str(), folder.get(), name.c_str()) != 0 ||
        ::fsync(folder.get()) != 0)
        fail(name);
}

} // namespace trellis::api
