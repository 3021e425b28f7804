#include "core/net/static_files.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <linux/openat2.h>
#include <mutex>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <unordered_map>

#include <trellis/sdk/error.hpp>

#include "core/net/ascii.hpp"
#include "core/net/loop.hpp"

namespace trellis::net {

namespace {

constexpr auto kTrustFor = std::chrono::seconds(1); // before a file is looked at again
constexpr std::size_t kMaxKept = 256 * 1024;        // larger files are read when they are sent
constexpr std::size_t kMaxKeptTotal = 8 * 1024 * 1024;
constexpr std::size_t kMaxEntries = 4096;

using Descriptor = std::shared_ptr<const int>;

Descriptor own(int fd) {
    return {new int(fd), [](const int* owned) {
                ::close(*owned);
                delete owned;
            }};
}

// No symlinks at all on kernels (or sandboxes) without openat2.
int openStepwise(int directory, const std::string& path) {
    int at = ::dup(directory);
    for (std::size_t start = 0; at >= 0;) {
        const auto slash = path.find('/', start);
        const bool isLast = slash == std::string::npos;
        const auto name = path.substr(start, isLast ? slash : slash - start);
        const int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
        const int next = name.empty() || name == ".." || name == "."
                             ? -1
                             : ::openat(at, name.c_str(), isLast ? flags : flags | O_DIRECTORY);
        ::close(at);
        at = next;
        if (isLast)
            break;
        start = slash + 1;
    }
    return at;
}

int openBeneath(int directory, const std::string& path) {
    open_how how{};
    how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK; // a FIFO must not hold up the thread
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    const auto fd = ::syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how);
    if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
        return static_cast<int>(fd);
    return openStepwise(directory, path);
}

struct File {
    Clock::time_point checked{};
    bool exists = false;
    struct stat status {};
    std::string etag;
    std::shared_ptr<const std::string> content; ///< null: too large to keep
};

bool isSame(const struct stat& a, const struct stat& b) {
    return a.st_ino == b.st_ino && a.st_dev == b.st_dev && a.st_size == b.st_size &&
           a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

// Strong: the same tag means the same bytes (RFC 9110 section 8.8.3).
bool hashFile(int fd, std::uint64_t size, std::string& etag, std::string* content) {
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> hash(EVP_MD_CTX_new(),
                                                                  EVP_MD_CTX_free);
    if (!hash || EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr) != 1)
        return false;
    std::array<char, 32768> piece;
    std::uint64_t at = 0;
    while (at < size) {
        const auto got = ::pread(fd, piece.data(), piece.size(), static_cast<off_t>(at));
        if (got <= 0)
            return false;
        EVP_DigestUpdate(hash.get(), piece.data(), static_cast<std::size_t>(got));
        if (content)
            content->append(piece.data(), static_cast<std::size_t>(got));
        at += static_cast<std::uint64_t>(got);
    }
    std::array<unsigned char, 32> digest{};
    unsigned length = 0;
    EVP_DigestFinal_ex(hash.get(), digest.data(), &length);
    static constexpr char kHex[] = "0123456789abcdef";
    etag = "\"";
    for (std::size_t i = 0; i < 16; ++i) {
        etag += kHex[digest[i] >> 4];
        etag += kHex[digest[i] & 15];
    }
    etag += '"';
    return at == size;
}

// "name.1a2b3c4d.js", "name-Bx3_kQ9z.css": what build tools make of a file's content.
bool hasHashInName(std::string_view path) {
    const auto name = path.substr(path.rfind('/') + 1);
    const auto dot = name.rfind('.');
    if (dot == std::string_view::npos)
        return false;
    const auto stem = name.substr(0, dot);
    const auto start = stem.find_last_of(".-");
    const auto hash = start == std::string_view::npos ? stem.substr(0, 0) : stem.substr(start + 1);
    const bool hasDigit = std::any_of(hash.begin(), hash.end(), isDigit);
    const bool isPlain = std::all_of(hash.begin(), hash.end(),
                                     [](char c) { return isDigit(c) || isAlpha(c) || c == '_'; });
    const bool hasUpper =
        std::any_of(hash.begin(), hash.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    return hash.size() >= 8 && isPlain && (hasDigit || hasUpper);
}

// Does Accept-Encoding allow `coding` (RFC 9110 section 12.5.3)? "*" isn't taken as a wish.
bool accepts(std::string_view header, std::string_view coding) {
    while (!header.empty()) {
        auto item = takeItem(header, ',');
        if (!equalsIgnoringCase(takeItem(item, ';'), coding))
            continue;
        const auto weight = trimmed(item);
        return !(weight == "q=0" || weight.substr(0, 4) == "q=0.") ||
               weight.find_first_of("123456789", 4) != std::string_view::npos;
    }
    return false;
}

bool matchesTag(std::string_view list, std::string_view etag) {
    while (!list.empty()) {
        auto tag = takeItem(list, ',');
        if (tag.substr(0, 2) == "W/")
            tag.remove_prefix(2);
        if (tag == etag || tag == "*")
            return true;
    }
    return false;
}

struct Range {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    bool isValid = false; ///< otherwise the header is ignored
    bool isSatisfiable = false;
};

bool number(std::string_view text, std::uint64_t& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

// One byte range (RFC 9110 section 14.1.2); several at once are ignored, as allowed.
Range parseRange(std::string_view header, std::uint64_t size) {
    constexpr std::string_view kUnit = "bytes=";
    Range range;
    if (header.substr(0, kUnit.size()) != kUnit)
        return range;
    auto spec = header.substr(kUnit.size());
    const auto dash = spec.find('-');
    if (dash == std::string_view::npos || spec.find(',') != std::string_view::npos)
        return range;
    std::uint64_t first = 0;
    std::uint64_t last = size == 0 ? 0 : size - 1;
    if (dash == 0) {
        std::uint64_t suffix = 0;
        if (!number(spec.substr(1), suffix))
            return range;
        first = suffix >= size ? 0 : size - suffix;
        range.isSatisfiable = suffix > 0 && size > 0;
    } else {
        std::uint64_t end = last;
        if (!number(spec.substr(0, dash), first) ||
            (dash + 1 < spec.size() && (!number(spec.substr(dash + 1), end) || end < first)))
            return range;
        last = std::min(last, end);
        range.isSatisfiable = first < size;
    }
    range.isValid = true;
    range.first = first;
    range.count = range.isSatisfiable ? last - first + 1 : 0;
    return range;
}

} // namespace

struct StaticFiles::Impl {
    explicit Impl(int fd) : directory(fd) {}
    ~Impl() { ::close(directory); }

    File look(const std::string& path, Descriptor* opened);
    File load(const std::string& path, const File& known, Descriptor* opened) const;
    void keep(const std::string& path, const File& file);
    HttpResponse answer(const HttpRequest& request, const std::string& path, const File& file,
                        const Descriptor& opened, std::string_view coding);

    const int directory;
    std::mutex mutex; // guards files, keptBytes
    std::unordered_map<std::string, File> files;
    std::size_t keptBytes = 0;
};

File StaticFiles::Impl::load(const std::string& path, const File& known, Descriptor* opened) const {
    File file;
    file.checked = Clock::now();
    const int fd = openBeneath(directory, path);
    if (fd < 0)
        return file;
    auto descriptor = own(fd);
    if (::fstat(fd, &file.status) != 0 || !S_ISREG(file.status.st_mode))
        return file;
    const auto size = static_cast<std::uint64_t>(file.status.st_size);
    if (known.exists && isSame(known.status, file.status)) {
        file.etag = known.etag;
        file.content = known.content;
        file.exists = true;
    } else if (size <= kMaxKept) {
        auto content = std::make_shared<std::string>();
        file.exists = hashFile(fd, size, file.etag, content.get());
        file.content = std::move(content);
    } else {
        file.exists = hashFile(fd, size, file.etag, nullptr);
    }
    if (opened)
        *opened = std::move(descriptor);
    return file;
}

void StaticFiles::Impl::keep(const std::string& path, const File& file) {
    const std::lock_guard lock(mutex);
    if (files.size() >= kMaxEntries || keptBytes > kMaxKeptTotal) {
        files.clear(); // rare; what is in use comes back
        keptBytes = 0;
    }
    auto& slot = files[path];
    keptBytes -= slot.content ? slot.content->size() : 0;
    slot = file;
    keptBytes += slot.content ? slot.content->size() : 0;
}

// The file's state; `opened` is set if it had to be, or has to be read from the descriptor.
File StaticFiles::Impl::look(const std::string& path, Descriptor* opened) {
    File known;
    {
        const std::lock_guard lock(mutex);
        if (const auto found = files.find(path); found != files.end())
            known = found->second;
    }
    const bool isFresh =
        known.checked != Clock::time_point() && Clock::now() - known.checked < kTrustFor;
    if (isFresh && (!known.exists || known.content))
        return known;
    auto file = load(path, known, opened);
    keep(path, file);
    return file;
}

HttpResponse StaticFiles::Impl::answer(const HttpRequest& request, const std::string& path,
                                       const File& file, const Descriptor& opened,
                                       std::string_view coding) {
    HttpResponse response;
    response.headers.reserve(8);
    response.headers.add("ETag", file.etag);
    response.headers.add("Vary", "Accept-Encoding");
    response.headers.add("Cache-Control",
                         hasHashInName(path) ? "public, max-age=31536000, immutable" : "no-cache");
    if (matchesTag(request.header("If-None-Match"), file.etag)) {
        response.status = 304;
        return response;
    }
    response.headers.add("Content-Type", std::string(contentTypeOf(path)));
    if (!coding.empty())
        response.headers.add("Content-Encoding", std::string(coding));
    const auto size = static_cast<std::uint64_t>(file.status.st_size);
    Range range{0, size, false, true};
    const auto ifRange = request.header("If-Range");
    if (coding.empty() && (ifRange.empty() || ifRange == file.etag))
        if (const auto asked = parseRange(request.header("Range"), size); asked.isValid)
            range = asked;
    if (!range.isSatisfiable)
        return HttpResponse::text(416, "range not satisfiable\n")
            .with("Content-Range", "bytes */" + std::to_string(size));
    response.headers.add("Accept-Ranges", "bytes");
    if (range.isValid) {
        response.status = 206;
        response.headers.add("Content-Range", "bytes " + std::to_string(range.first) + "-" +
                                                  std::to_string(range.first + range.count - 1) +
                                                  "/" + std::to_string(size));
    }
    if (!file.content)
        response.body = FileBody{opened, range.first, range.count};
    else if (range.isValid)
        response.body = file.content->substr(range.first, range.count);
    else
        response.body = file.content;
    return response;
}

StaticFiles::StaticFiles(const std::string& directory) {
    const int fd = ::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        throw sdk::Error(sdk::ErrorCode::Unavailable,
                         "can't open folder " + directory + ": " + std::strerror(errno));
    impl_ = std::make_unique<Impl>(fd);
}

StaticFiles::~StaticFiles() = default;

HttpResponse StaticFiles::serve(const HttpRequest& request, std::string_view relativePath) const {
    if (request.method != "GET" && request.method != "HEAD")
        return HttpResponse::text(405, "method not allowed\n").with("Allow", "GET, HEAD");
    const std::string path(relativePath);
    if (path.empty() || path.front() == '/' || path.find('\0') != std::string::npos)
        return HttpResponse::text(404, "not found\n");
    const auto header = request.header("Accept-Encoding");
    struct Variant {
        std::string_view coding;
        std::string_view suffix;
    };
    for (const auto& variant : {Variant{"br", ".br"}, Variant{"gzip", ".gz"}}) {
        if (!accepts(header, variant.coding))
            continue;
        Descriptor opened;
        const auto file = impl_->look(path + std::string(variant.suffix), &opened);
        if (file.exists)
            return impl_->answer(request, path, file, opened, variant.coding);
    }
    Descriptor opened;
    const auto file = impl_->look(path, &opened);
    if (!file.exists)
        return HttpResponse::text(404, "not found\n");
    return impl_->answer(request, path, file, opened, {});
}

} // namespace trellis::net
