/// Events to a URL, in order, each until it is taken.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include <trellis/sdk/plugin.hpp>

#include "http_post.hpp"

namespace webhook {

using namespace trellis::sdk;

class Webhook final : public Plugin {
public:
    using Post = std::function<std::string(const Target&, const std::string& body)>;
    explicit Webhook(Post post = &webhook::post) : post_(std::move(post)) {}

    void describe(Registrar& reg) override;
    void configure(const Options& options) override;
    void start(Host& host) override;

    static constexpr std::size_t kQueueLimit = 1000;  ///< when full the oldest event is dropped
    static constexpr Milliseconds kFirstPause{1'000};
    static constexpr Milliseconds kLongestPause{300'000};

private:
    struct State {
        std::deque<std::string> waiting;
        bool isSending = false;  ///< a post is under way, or a pause before the next
        std::int64_t delivered = 0;
        std::int64_t dropped = 0;
        std::string lastProblem;
        Milliseconds pause = kFirstPause;
    };
    void take(std::string_view name, const json::object& event);
    void sendNext();
    void sent(const std::string& problem);
    json::value status();

    const Post post_;
    Target target_;
    std::vector<std::string> topics_;
    Host* host_ = nullptr;
    Counter* deliveredTotal_ = nullptr;
    Counter* droppedTotal_ = nullptr;
    Guarded<State> state_;
    HandlePtr retry_;  ///< strand only
};

}  // namespace webhook
