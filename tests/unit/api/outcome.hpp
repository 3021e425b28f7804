/// Runs a command as a caller and says what came of it, in words that can be compared: what was
/// answered, what agents were told, what was changed.
#pragma once

#include <condition_variable>
#include <sstream>
#include <variant>

#include "command_fixture.hpp"
#include "probe_dispatcher.hpp"
#include "tests/support/rights_model.hpp"

#include <trellis/sdk/schema_node.hpp>

namespace trellis::test {

class CollectingSink final : public api::CallSink {
public:
    void onResult(json::value result) override { messages.push_back(std::move(result)); }
    void onMessage(json::object message) override { messages.emplace_back(std::move(message)); }
    void onError(const sdk::Error& failed, const std::string&,
                 const std::optional<api::WireError>& wire) override {
        error = std::string(wire ? wire->text : failed.what()) + " at " + failed.field();
        code = failed.code();
    }
    void onDone() override {
        const std::scoped_lock lock(mutex_);
        isDone_ = true;
        done_.notify_all();
    }
    void wait() {
        std::unique_lock lock(mutex_);
        BOOST_REQUIRE(done_.wait_for(lock, std::chrono::seconds(20), [this] { return isDone_; }));
    }
    std::vector<json::value> messages;
    std::string error;
    std::optional<sdk::ErrorCode> code;

private:
    std::mutex mutex_;
    std::condition_variable done_;
    bool isDone_ = false;
};

/// Members, sizes and what `result` says, without what is different each time (tokens, times,
/// names).
inline std::string shapeOf(const json::value& value, std::string_view called = {}) {
    if (value.is_object()) {
        std::string text = "{";
        for (const auto& [name, member] : value.get_object())
            text += std::string(name) + ":" + shapeOf(member, name) + ",";
        return text + "}";
    }
    if (value.is_array())
        return "[" + std::to_string(value.get_array().size()) + "]";
    if (value.is_string())
        return called == "result" || value.get_string().size() <= 2
                   ? std::string(value.get_string())
                   : "text";
    return value.is_null() ? "null" : "value";
}

inline void replaceAll(std::string& text, const std::string& what, const std::string& with) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
        text.replace(at, what.size(), with);
}

struct OutcomeFixture : CommandFixture {
    struct Outcome {
        std::string answer; ///< shape of the answers, or the error
        std::string raw;    ///< answers as they are
        std::string effect; ///< "" if nothing was told to agents and nothing changed
        bool operator==(const Outcome& other) const {
            return answer == other.answer && effect == other.effect;
        }
    };

    model::UserGroupPtr addTeam(const std::string& name, const std::string& domain = "") {
        model::UserGroup made;
        made.domain = domain;
        made.name = name;
        return directory->addUserGroup(std::move(made));
    }

    Outcome outcomeOf(const sdk::Caller& caller, const std::string& command, json::object args) {
        const auto sent = devices.sent().size(), cut = devices.disconnected().size();
        const auto before = recordsText();
        auto sink = std::make_shared<CollectingSink>();
        args["responseid"] = "r";
        dispatcher.run(
            {command, std::move(args), caller, sdk::Clock::now() + std::chrono::seconds(2)}, sink);
        sink->wait();
        Outcome outcome;
        outcome.answer = sink->error;
        for (const auto& message : sink->messages) {
            outcome.answer += shapeOf(message);
            outcome.raw += json::serialize(message);
        }
        if (devices.sent().size() != sent)
            outcome.effect += "told an agent; ";
        if (devices.disconnected().size() != cut)
            outcome.effect += "cut an agent; ";
        if (recordsText() != before)
            outcome.effect += "changed a record; ";
        return outcome;
    }

    /// All that is stored, but for what each command writes about itself.
    std::string recordsText() {
        std::string text;
        database->read([&](store::Session& session) {
            for (const auto* table : kTables)
                session.query("SELECT * FROM " + std::string(table), {},
                              [&](const store::Row& row) { text += rowText(row); });
        });
        return text + std::to_string(events.query({}).size());
    }
    static constexpr const char* kTables[] = {"users",       "device_groups", "devices",
                                              "user_groups", "links",         "side_documents"};
    static std::string rowText(const store::Row& row) {
        std::string text;
        for (const auto& value : row.values())
            std::visit(
                [&](const auto& held) {
                    std::ostringstream out;
                    if constexpr (requires { out << held; })
                        out << held;
                    text += out.str() + "|";
                },
                value);
        return text + "\n";
    }
};

} // namespace trellis::test
