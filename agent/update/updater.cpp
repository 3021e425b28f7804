#include "agent/update/updater.hpp"

#include "agent/base/file.hpp"
#include "agent/service/process.hpp"

#include <trellis/wire/settings.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace trellis::device {
namespace {
constexpr std::size_t kMaxProgram = 64 * 1024 * 1024;
constexpr Milliseconds kTrial{10'000};

/// Runs the new program for a moment and keeps what it says.
class Trial : private Process::Handler {
public:
    static std::string run(const std::string& path) {
        Loop loop;
        Trial trial;
        ProgramOptions options;
        options.path = path;
        options.args = {path, "version"};
        options.folder = "/";
        Process process(loop, trial, options);
        process.closeInput();
        if (!process.waitForExit(kTrial)) process.signal(9);
        return trial.text_;
    }

private:
    void onOutput(bool isError, std::string_view bytes) override {
        if (!isError && text_.size() < 4096) text_.append(bytes);
    }
    void onDrained() override {}
    void onExit(int, int) override {}
    std::string text_;
};

/// Same class, byte order and machine as this program: bytes 4, 5, 18 and 19 of an ELF head
/// (elf(5): EI_CLASS, EI_DATA, e_machine).
bool isSameKind(std::string_view mine, std::string_view other) {
    constexpr std::size_t kHead = 20;
    if (mine.size() < kHead || other.size() < kHead || other.substr(0, 4) != "\177ELF") return false;
    return mine.substr(4, 2) == other.substr(4, 2) && mine.substr(18, 2) == other.substr(18, 2);
}

std::string headOf(const std::string& path) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, 32> bytes{};
    const auto count = fd ? ::read(fd.get(), bytes.data(), bytes.size()) : 0;
    return {bytes.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
}
}  // namespace

Updater::Updater(std::string program) : program_(std::move(program)) {}

Updater::~Updater() {
    if (file_) ::unlink(draft().c_str());
}

bool Updater::fail(std::string reason) {
    error_ = std::move(reason);
    file_.reset();
    hash_.reset();
    ::unlink(draft().c_str());
    return false;
}

void Updater::start() {
    fail({});
    size_ = 0;
}

bool Updater::takeBlock(wire::ByteView data) {
    if (!file_ && size_ == 0) {
        // A link put there by someone else is removed, not followed.
        ::unlink(draft().c_str());
        file_.reset(::open(draft().c_str(),
                           O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0700));
        hash_ = std::make_unique<wire::Sha384>();
    }
    if (!file_) return false;
    if (size_ + data.size() > kMaxProgram) return fail("the new program is above 64 MiB");
    hash_->update(data);
    size_ += data.size();
    auto rest = wire::textOf(data);
    while (!rest.empty()) {
        const auto count = ::write(file_.get(), rest.data(), rest.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail(std::string("can't store the new program: ") + std::strerror(errno));
        rest.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

bool Updater::finish(const wire::Hash& hash) {
    if (!file_) return error_.empty() ? fail("no new program was sent") : false;
    size_ = 0;
    if (hash_->finish() != hash) return fail("the new program arrived damaged");
    hash_.reset();
    if (::fsync(file_.get()) != 0) return fail("the new program can't be stored");
    file_.reset();
    if (headOf(draft()).starts_with("PK\3\4") && !unpackZip()) return false;
    if (!isSameKind(headOf("/proc/self/exe"), headOf(draft()))) {
        return fail("the new program is not for this kind of machine");
    }
    ::chmod(draft().c_str(), 0755);
    if (!isOurs()) return fail("the new program does not start here or is no trellis-agent");
    if (::rename(draft().c_str(), program_.c_str()) != 0) {
        return fail(std::string("can't replace the program: ") + std::strerror(errno));
    }
    error_.clear();
    return true;
}

bool Updater::unpackZip() {
    const auto archive = readFile(draft(), kMaxProgram);
    const auto program = archive ? unzipSingle(*archive, kMaxProgram) : std::nullopt;
    if (!program) return fail("the new program's archive is damaged");
    try {
        replaceFile(draft(), *program, 0700);
    } catch (const std::exception& e) {
        return fail(e.what());
    }
    return true;
}

bool Updater::hasMark() const {
    const auto program = readFile(draft(), kMaxProgram);
    return program && program->find(kProgramMark) != std::string::npos;
}

bool Updater::isOurs() const {
    try {
        return hasMark() && Trial::run(draft()).starts_with("trellis-agent ");
    } catch (const std::exception&) {
        return false;
    }
}

std::optional<wire::Hash> programHash(const std::string& path) {
    const auto program = readFile(path, kMaxProgram);
    if (!program) return {};
    std::string_view plain(*program);
    if (plain.size() >= wire::kSettingsTrailer) {
        const auto tail = plain.substr(plain.size() - wire::kSettingsTrailer);
        const auto size = wire::embeddedSettingsSize(wire::bytesOf(tail));
        if (size && *size <= plain.size() - wire::kSettingsTrailer) {
            plain.remove_suffix(*size + wire::kSettingsTrailer);
        }
    }
    return wire::sha384(wire::bytesOf(plain));
}

}  // namespace trellis::device
