#include "core/plugin/journal.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <mutex>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <trellis/sdk/error.hpp>

namespace trellis::plugin {

struct Journal::File {
    static constexpr std::size_t kThreads = 1024;
    static constexpr std::size_t kPlugins = 256;  // number 0 is nobody
    static constexpr std::uint32_t kCore = 0xFFFFFFFF;

    std::array<char, 8> magic;
    std::array<char, 40> bootId;
    std::atomic<std::uint32_t> isClean;
    std::atomic<std::uint32_t> culprit;  // of a fatal signal: a plugin's number, or kCore
    std::array<std::array<char, 32>, kPlugins> ids;
    std::array<std::atomic<std::uint32_t>, kThreads> threads;
};

namespace {

constexpr std::array<char, 8> kMagic{'T', 'R', 'L', 'J', 'R', 'N', 'L', '1'};
constexpr std::array<int, 5> kFatal{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
using File = Journal::File;

// One per process, because signal handlers have no other way to find it.
std::atomic<File*> active{nullptr};
std::array<struct sigaction, kFatal.size()> oldActions;
// Slots are handed out by this process; the file only shows who is in them.
std::array<std::atomic<bool>, File::kThreads> isSlotTaken;

/// A thread's slot, kept until the thread ends.
class ThreadSlot {
public:
    ~ThreadSlot() {
        if (index_ < File::kThreads) isSlotTaken[index_] = false;
    }
    std::size_t index() {
        if (index_ != kNone) return index_;
        for (std::size_t i = 0; i < File::kThreads; ++i) {
            if (!isSlotTaken[i].exchange(true)) return index_ = i;
        }
        return File::kThreads;  // this thread is not recorded; try again next time
    }
    std::size_t known() const noexcept { return index_; }

private:
    static constexpr std::size_t kNone = ~std::size_t{0};
    std::size_t index_ = kNone;
};
thread_local ThreadSlot threadSlot;

void onFatalSignal(int signal, siginfo_t* info, void*) {
    auto* file = active.load();
    if (file != nullptr) {
        const auto index = threadSlot.known();
        const auto number = index < File::kThreads ? file->threads[index].load() : 0;
        file->culprit = number == 0 ? File::kCore : number;
    }
    for (std::size_t i = 0; i < kFatal.size(); ++i) {
        if (kFatal[i] == signal) sigaction(signal, &oldActions[i], nullptr);
    }
    // A fault of the processor comes again when this returns; a signal that was sent does not.
    if (info == nullptr || info->si_code <= 0) raise(signal);
}

void watchSignals() {
    struct sigaction action {};
    action.sa_sigaction = &onFatalSignal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < kFatal.size(); ++i) sigaction(kFatal[i], &action, &oldActions[i]);
}

void unwatchSignals() {
    for (std::size_t i = 0; i < kFatal.size(); ++i) sigaction(kFatal[i], &oldActions[i], nullptr);
}

std::string bootId() {
    std::ifstream in("/proc/sys/kernel/random/boot_id");
    std::string id;
    std::getline(in, id);
    return id.substr(0, 39);
}

std::string idOf(const File& file, std::uint32_t number) {
    if (number == 0 || number >= File::kPlugins) return {};
    const auto& text = file.ids[number];
    return {text.data(), strnlen(text.data(), text.size())};
}

std::vector<std::string> suspectsOf(const File& file, const std::string& boot) {
    if (file.magic != kMagic || file.isClean != 0) return {};
    if (std::string(file.bootId.data(), strnlen(file.bootId.data(), 40)) != boot) return {};
    if (file.culprit == File::kCore) return {};
    if (file.culprit != 0) return {idOf(file, file.culprit)};
    // No signal was seen: exit() called somewhere, a stack overflow, or killed from outside.
    std::vector<std::string> ids;
    for (const auto& thread : file.threads) {
        auto id = idOf(file, thread);
        if (!id.empty()) ids.push_back(std::move(id));
    }
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    return ids;
}

[[noreturn]] void fail(const std::filesystem::path& file, const char* what) {
    throw sdk::Error(sdk::ErrorCode::Unavailable,
                     file.string() + ": " + what + ": " + std::strerror(errno));
}

File* map(const std::filesystem::path& path) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) fail(path, "cannot open the crash journal");
    // Reserved now: a full disk found later, when the mapping is written, would be a SIGBUS.
    const int full = posix_fallocate(fd, 0, sizeof(File));
    if (full != 0) {
        ::close(fd);
        errno = full;
        fail(path, "cannot reserve the crash journal");
    }
    void* memory = mmap(nullptr, sizeof(File), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    if (memory == MAP_FAILED) fail(path, "cannot map the crash journal");
    return static_cast<File*>(memory);
}

}  // namespace

std::shared_ptr<Journal> Journal::open(const std::filesystem::path& file) {
    std::shared_ptr<Journal> journal(new Journal);
    journal->file_ = map(file);
    const auto boot = bootId();
    journal->suspects_ = suspectsOf(*journal->file_, boot);
    std::memset(static_cast<void*>(journal->file_), 0, sizeof(File));
    journal->file_->magic = kMagic;
    std::copy(boot.begin(), boot.end(), journal->file_->bootId.begin());
    File* expected = nullptr;
    if (active.compare_exchange_strong(expected, journal->file_)) watchSignals();
    return journal;
}

Journal::~Journal() {
    close();
}

void Journal::close() noexcept {
    if (file_ == nullptr) return;
    file_->isClean = 1;
    if (active.load() == file_) {
        unwatchSignals();
        active = nullptr;
    }
    // The mapping stays when a plugin's thread was given up: its scope may still write there.
}

std::uint32_t Journal::numberOf(const std::string& pluginId) {
    for (std::uint32_t number = 1; number <= used_; ++number) {
        if (idOf(*file_, number) == pluginId) return number;
    }
    if (used_ + 1 >= File::kPlugins || pluginId.size() >= 32) return 0;
    ++used_;
    std::copy(pluginId.begin(), pluginId.end(), file_->ids[used_].begin());
    return used_;
}

JournalScope::JournalScope(std::uint32_t number) noexcept {
    auto* file = active.load(std::memory_order_relaxed);
    if (file == nullptr || number == 0) return;
    const auto index = threadSlot.index();
    if (index >= File::kThreads) return;
    slot_ = &file->threads[index];
    before_ = slot_->exchange(number, std::memory_order_relaxed);
}

JournalScope::~JournalScope() {
    if (slot_ != nullptr) slot_->store(before_, std::memory_order_relaxed);
}

}  // namespace trellis::plugin
