#include "core/telemetry/log.hpp"

#include "core/telemetry/recent_errors.hpp"

#include <deque>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>

#include <Poco/AsyncChannel.h>
#include <Poco/AutoPtr.h>
#include <Poco/Channel.h>
#include <Poco/DateTimeFormatter.h>
#include <Poco/FileChannel.h>
#include <Poco/FormattingChannel.h>
#include <Poco/Logger.h>
#include <Poco/Message.h>
#include <Poco/PatternFormatter.h>
#include <Poco/Timestamp.h>

namespace trellis::telemetry {
namespace {

constexpr std::size_t kMaxValue = 512;
constexpr auto kPattern = "%Y-%m-%dT%H:%M:%S.%iZ %p %s: %t";

void appendEscaped(std::string& out, std::string_view value) {
    static constexpr char kHex[] = "0123456789abcdef";
    for (const char c : value.substr(0, kMaxValue)) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20 || byte == 0x7F) {
            out += "\\x";
            out += kHex[byte >> 4];
            out += kHex[byte & 15];
        } else {
            out += c;
        }
    }
    if (value.size() > kMaxValue) out += "...";
}

bool needsQuotes(std::string_view value) {
    if (value.empty() || value.size() > kMaxValue) return true;
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= 0x20 || byte == 0x7F || c == '"' || c == '\\' || c == '=') return true;
    }
    return false;
}

/// Errors that an administrator can ask for without a shell on the server.
struct RecentErrors {
    std::mutex mutex; // guards lines
    std::deque<std::string> lines;

    static RecentErrors& instance() {
        static RecentErrors errors;
        return errors;
    }
    void add(const std::string& name, const std::string& line) {
        const auto now = Poco::DateTimeFormatter::format(Poco::Timestamp(), "%Y-%m-%dT%H:%M:%S.%iZ");
        const std::scoped_lock lock(mutex);
        if (lines.size() >= kMaxRecentErrors) lines.pop_front();
        lines.push_back(now + " " + name + ": " + line);
    }
};

class NamedLog final : public sdk::Log {
public:
    explicit NamedLog(const std::string& name) : logger_(Poco::Logger::get(name)) {}
    void debug(std::string_view text, sdk::Fields fields) override {
        write(Poco::Message::PRIO_DEBUG, text, fields);
    }
    void info(std::string_view text, sdk::Fields fields) override {
        write(Poco::Message::PRIO_INFORMATION, text, fields);
    }
    void warning(std::string_view text, sdk::Fields fields) override {
        write(Poco::Message::PRIO_WARNING, text, fields);
    }
    void error(std::string_view text, sdk::Fields fields) override {
        write(Poco::Message::PRIO_ERROR, text, fields);
    }

private:
    void write(Poco::Message::Priority priority, std::string_view text, sdk::Fields fields) {
        if (!logger_.is(priority)) return;
        const auto line = formatLine(text, fields);
        if (priority == Poco::Message::PRIO_ERROR) RecentErrors::instance().add(logger_.name(), line);
        logger_.log(Poco::Message(logger_.name(), line, priority));
    }
    Poco::Logger& logger_;
};

/// A whole line at once, so that nothing from standard output comes into it (Poco's ConsoleChannel writes the end of
/// the line by itself).
class StandardError final : public Poco::Channel {
public:
    void log(const Poco::Message& message) override { std::cerr << message.getText() + '\n'; }
};

std::mutex openMutex;
Poco::AutoPtr<Poco::AsyncChannel> asyncChannel;

Poco::AutoPtr<Poco::Channel> formatted(Poco::AutoPtr<Poco::Channel> target) {
    Poco::AutoPtr<Poco::Formatter> formatter(new Poco::PatternFormatter(kPattern));
    return Poco::AutoPtr<Poco::Channel>(new Poco::FormattingChannel(formatter, target));
}

void setAll(const Poco::AutoPtr<Poco::Channel>& channel, int level) {
    Poco::Logger::setChannel("", channel);
    Poco::Logger::setLevel("", level);
}

int pocoLevel(LogLevel level) {
    switch (level) {
    case LogLevel::Error: return Poco::Message::PRIO_ERROR;
    case LogLevel::Warning: return Poco::Message::PRIO_WARNING;
    case LogLevel::Info: return Poco::Message::PRIO_INFORMATION;
    case LogLevel::Debug: return Poco::Message::PRIO_DEBUG;
    }
    return Poco::Message::PRIO_INFORMATION;
}

Poco::AutoPtr<Poco::Channel> consoleChannel() {
    return formatted(Poco::AutoPtr<Poco::Channel>(new StandardError));
}

void setDefaultOnce() {
    static std::once_flag once;
    std::call_once(once, [] { Poco::Logger::root().setChannel(consoleChannel()); });
}

}  // namespace

std::string formatLine(std::string_view text, sdk::Fields fields) {
    std::string line(text);
    for (const auto& field : fields) {
        line += ' ';
        line += field.key;
        line += '=';
        if (needsQuotes(field.value)) {
            line += '"';
            appendEscaped(line, field.value);
            line += '"';
        } else {
            line += field.value;
        }
    }
    return line;
}

void openLog(const LogSettings& settings) {
    setDefaultOnce();
    const std::scoped_lock lock(openMutex);
    Poco::AutoPtr<Poco::Channel> target;
    if (settings.file.empty()) {
        target = consoleChannel();
    } else {
        Poco::AutoPtr<Poco::FileChannel> file(new Poco::FileChannel(settings.file));
        file->open();
        target = formatted(file);
    }
    Poco::AutoPtr<Poco::AsyncChannel> fresh(new Poco::AsyncChannel(target));
    fresh->setProperty("queueSize", "8192");
    fresh->open();
    setAll(fresh, pocoLevel(settings.level));
    if (asyncChannel) asyncChannel->close();
    asyncChannel = fresh;
}

void closeLog() {
    const std::scoped_lock lock(openMutex);
    if (!asyncChannel) return;
    Poco::Logger::setChannel("", consoleChannel());
    asyncChannel->close();
    asyncChannel = nullptr;
}

std::vector<std::string> recentErrors() {
    auto& errors = RecentErrors::instance();
    const std::scoped_lock lock(errors.mutex);
    return {errors.lines.begin(), errors.lines.end()};
}

void clearRecentErrors() {
    auto& errors = RecentErrors::instance();
    const std::scoped_lock lock(errors.mutex);
    errors.lines.clear();
}

LogLevel logLevelFromName(std::string_view name) {
    if (name == "error") return LogLevel::Error;
    if (name == "warning") return LogLevel::Warning;
    if (name == "info") return LogLevel::Info;
    if (name == "debug") return LogLevel::Debug;
    throw sdk::Error(sdk::ErrorCode::InvalidArgument,
                     "expected one of error, warning, info, debug, got \"" + std::string(name) + "\"");
}

sdk::Log& log(const std::string& name) {
    static std::mutex mutex;
    static std::map<std::string, std::unique_ptr<NamedLog>> logs;
    setDefaultOnce();
    const std::scoped_lock lock(mutex);
    auto& entry = logs[name];
    if (!entry) entry = std::make_unique<NamedLog>(name);
    return *entry;
}

}  // namespace trellis::telemetry
