/// Writes small JSON objects; reading is the script engine's business.
#pragma once

#include "agent/link/handshake.hpp"

namespace trellis::device {

class JsonObject {
public:
    JsonObject& raw(std::string_view name, std::string_view json) {
        text_ += text_.empty() ? '{' : ',';
        text_ += jsonString(name);
        text_ += ':';
        text_ += json;
        return *this;
    }
    JsonObject& text(std::string_view name, std::string_view value) {
        return raw(name, jsonString(value));
    }
    JsonObject& number(std::string_view name, long long value) {
        return raw(name, std::to_string(value));
    }
    JsonObject& boolean(std::string_view name, bool value) {
        return raw(name, value ? "true" : "false");
    }
    std::string end() const { return text_.empty() ? "{}" : text_ + '}'; }

private:
    std::string text_;
};

}  // namespace trellis::device
