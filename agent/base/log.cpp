#include "agent/base/log.hpp"

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <ctime>

namespace trellis::device::log {
namespace {
Level threshold = Level::Info;
constexpr std::size_t kMaxField = 1024;

void appendHead(std::string& line, Level level) {
    static const bool isJournal = std::getenv("JOURNAL_STREAM") != nullptr;
    if (isJournal) {
        line += '<';
        line += std::to_string(static_cast<int>(level));
        line += '>';
        return;
    }
    const auto now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::array<char, 32> text{};
    const auto size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ ", &parts);
    line.append(text.data(), size);
    line += level == Level::Error     ? "error "
            : level == Level::Warning ? "warning "
            : level == Level::Info    ? "info "
                                      : "debug ";
}

void appendValue(std::string& line, std::string_view value) {
    const bool isCut = value.size() > kMaxField;
    if (isCut) value = value.substr(0, kMaxField);
    const bool isQuoted = value.empty() || value.find_first_of(" =\"") != std::string_view::npos;
    if (isQuoted) line += '"';
    for (const char c : value) {
        const auto code = static_cast<unsigned char>(c);
        line += code < 0x20 || code == 0x7F ? '?' : c == '"' ? '\'' : c;
    }
    if (isCut) line += "...";
    if (isQuoted) line += '"';
}
}  // namespace

void setLevel(Level level) noexcept { threshold = level; }

void write(Level level, std::string_view text, std::initializer_list<Field> fields) {
    if (level > threshold) return;
    std::string line;
    appendHead(line, level);
    line += text;
    for (const auto& field : fields) {
        line += ' ';
        line += field.name;
        line += '=';
        appendValue(line, field.value);
    }
    line += '\n';
    // A log that can't be written has nowhere to complain.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace trellis::device::log
