/// The agent's log: one line per state change on standard error, a fixed text plus fields.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace trellis::device::log {

enum class Level : std::uint8_t { Error = 3, Warning = 4, Info = 6, Debug = 7 };  // as syslog's

struct Field {
    std::string_view name;
    std::string value;
    Field(std::string_view key, std::string_view text) : name(key), value(text) {}
    Field(std::string_view key, const char* text) : name(key), value(text) {}
    Field(std::string_view key, long long number) : name(key), value(std::to_string(number)) {}
};

/// Messages above `level` are dropped; Info at start.
void setLevel(Level level) noexcept;
/// Under systemd (JOURNAL_STREAM is set) a line starts with its priority, else with the time.
/// Control characters in fields are written as '?': a field may come from outside.
void write(Level level, std::string_view text, std::initializer_list<Field> fields = {});

inline void error(std::string_view text, std::initializer_list<Field> fields = {}) {
    write(Level::Error, text, fields);
}
inline void warning(std::string_view text, std::initializer_list<Field> fields = {}) {
    write(Level::Warning, text, fields);
}
inline void info(std::string_view text, std::initializer_list<Field> fields = {}) {
    write(Level::Info, text, fields);
}
inline void debug(std::string_view text, std::initializer_list<Field> fields = {}) {
    write(Level::Debug, text, fields);
}

}  // namespace trellis::device::log
