/// The script that runs on devices: a base and the parts of the enabled plugins.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <trellis/wire/hash.hpp>

namespace trellis::agent {

/// One state of the assembled script; immutable, shared by all that send it.
struct AgentScript {
    std::string text;
    wire::Hash hash{}; ///< over four zero bytes and the text (agent-protocol.md section 5.1)
    std::shared_ptr<const std::string> message; ///< the whole command 10 that pushes it
};

/// Any thread.
class ScriptAssembler {
public:
    /// Parts above this in sum are refused: a whole script has to fit one WebSocket frame.
    static constexpr std::size_t kMaxText = 1024 * 1024;

    /// Takes the part out when destroyed.
    class Part {
    public:
        Part() = default;
        Part(std::shared_ptr<void> owner) : owner_(std::move(owner)) {} // NOLINT
    private:
        std::shared_ptr<void> owner_;
    };

    explicit ScriptAssembler(std::string base);
    ~ScriptAssembler();
    ScriptAssembler(const ScriptAssembler&) = delete;
    ScriptAssembler& operator=(const ScriptAssembler&) = delete;

    /// `id`: the plugin's id. `source`: ES5.1, the body of a function with the one argument `trellis`
    /// (see script/base.js); an error in it costs only this part. Parts are ordered by id. Throws
    /// sdk::Error{InvalidArgument} above the limit or if it isn't UTF-8, {Conflict} if the id is taken.
    [[nodiscard]] Part addPart(std::string id, std::string source);

    std::shared_ptr<const AgentScript> current() const;
    /// Called after each change, on the thread that made it, no lock held. Set before use.
    void onChange(std::function<void()> told);

private:
    struct State;
    std::shared_ptr<State> state_;
};

/// The base that is part of the server (script/base.js, script/device.js).
std::string_view baseScript();

} // namespace trellis::agent
