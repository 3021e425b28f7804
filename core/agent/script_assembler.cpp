#include "core/agent/script_assembler.hpp"

#include <trellis/sdk/error.hpp>
#include <trellis/wire/channel.hpp>
#include <trellis/wire/text.hpp>

#include <map>
#include <mutex>

namespace trellis::agent {
namespace {

/// As a string literal of ES5.1 (section 7.8.4), which JSON's is too but for two line separators.
std::string literal(std::string_view text) {
    std::string out = "\"";
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        const auto octet = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (octet < 0x20) {
            out += "\\u00";
            out += wire::encodeHex(wire::bytesOf(text.substr(at, 1)), wire::HexCase::Lower);
        } else if (text.substr(at, 3) == "\xE2\x80\xA8" || text.substr(at, 3) == "\xE2\x80\xA9") {
            out += text[at + 2] == '\xA8' ? "\\u2028" : "\\u2029";
            at += 2;
        } else {
            out += c;
        }
    }
    return out + "\"";
}

} // namespace

struct ScriptAssembler::State {
    std::string base;
    mutable std::mutex mutex; // guards parts and current
    std::map<std::string, std::string> parts;
    std::shared_ptr<const AgentScript> current;
    std::function<void()> told; // set before use

    void assemble() {
        auto script = std::make_shared<AgentScript>();
        script->text = base;
        for (const auto& [id, source] : parts) {
            script->text += "trellis.part(" + literal(id) + ", " + literal(source) + ");\n";
        }
        script->text += "trellis.start();\n";
        const auto core = wire::coreOf(script->text);
        script->hash = wire::sha384(core);
        script->message =
            std::make_shared<const std::string>(wire::textOf(wire::buildCoreModule(core)));
        current = std::move(script);
    }

    void remove(const std::string& id) {
        {
            const std::scoped_lock lock(mutex);
            parts.erase(id);
            assemble();
        }
        if (told) told();
    }
};

ScriptAssembler::ScriptAssembler(std::string base) : state_(std::make_shared<State>()) {
    state_->base = std::move(base);
    state_->assemble();
}
ScriptAssembler::~ScriptAssembler() = default;

ScriptAssembler::Part ScriptAssembler::addPart(std::string id, std::string source) {
    if (id.empty() || !wire::isUtf8(id)) {
        throw sdk::Error(sdk::ErrorCode::InvalidArgument, "a part of the agent script needs a name");
    }
    if (!wire::isUtf8(source) || source.find('\0') != std::string::npos) {
        throw sdk::Error(sdk::ErrorCode::InvalidArgument,
                         "agent script " + id + " is not UTF-8 text");
    }
    {
        const std::scoped_lock lock(state_->mutex);
        if (state_->parts.contains(id)) {
            throw sdk::Error(sdk::ErrorCode::Conflict, "agent script " + id + " is there already");
        }
        std::size_t sum = state_->base.size() + source.size();
        for (const auto& [name, text] : state_->parts) sum += text.size();
        if (sum > kMaxText) {
            throw sdk::Error(sdk::ErrorCode::InvalidArgument,
                             "agent script " + id + " would make the whole script larger than " +
                                 std::to_string(kMaxText) + " bytes");
        }
        state_->parts.emplace(id, std::move(source));
        state_->assemble();
    }
    if (state_->told) state_->told();
    return Part(std::shared_ptr<void>(nullptr, [state = std::weak_ptr(state_), id](void*) {
        if (const auto alive = state.lock()) alive->remove(id);
    }));
}

std::shared_ptr<const AgentScript> ScriptAssembler::current() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->current;
}

void ScriptAssembler::onChange(std::function<void()> told) { state_->told = std::move(told); }

} // namespace trellis::agent
