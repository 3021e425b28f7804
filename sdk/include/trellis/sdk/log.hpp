/// Log lines: a fixed text plus fields, so that they can be searched and counted. Metrics beside.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

#include <trellis/sdk/error.hpp>

namespace trellis::sdk {

/// One `key=value` of a log line. Never a secret, a keystroke or a file's content.
struct Field {
    std::string_view key;
    std::string value;

    Field(std::string_view k, std::string v) : key(k), value(std::move(v)) {}
    Field(std::string_view k, std::string_view v) : key(k), value(v) {}
    Field(std::string_view k, const char* v) : key(k), value(v) {}
    template <class T>
        requires std::is_arithmetic_v<T>
    Field(std::string_view k, T v) : key(k) {
        if constexpr (std::is_same_v<T, bool>) {
            value = v ? "true" : "false";
        } else {
            value = std::to_string(v);
        }
    }
};

using Fields = std::initializer_list<Field>;

class TRELLIS_API Log {
public:
    virtual ~Log();
    virtual void debug(std::string_view text, Fields fields = {}) = 0;
    virtual void info(std::string_view text, Fields fields = {}) = 0;
    virtual void warning(std::string_view text, Fields fields = {}) = 0;
    virtual void error(std::string_view text, Fields fields = {}) = 0;
};

/// A number that only grows. Any thread.
class TRELLIS_API Counter {
public:
    virtual ~Counter();
    virtual void add(std::uint64_t amount = 1) noexcept = 0;
};

/// A number that goes up and down. Any thread.
class TRELLIS_API Gauge {
public:
    virtual ~Gauge();
    virtual void set(double value) noexcept = 0;
};

}  // namespace trellis::sdk
