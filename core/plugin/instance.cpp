#include "core/plugin/instance.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "core/bus/worker_pool.hpp"
#include "core/plugin/grants.hpp"
#include "core/plugin/step_runner.hpp"
#include "core/telemetry/log.hpp"

namespace trellis::plugin {
namespace {

std::string seconds(std::chrono::milliseconds limit) {
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(limit);
    if (whole == limit) return std::to_string(whole.count()) + " s";
    return std::to_string(limit.count()) + " ms";
}

Outcome refusal(const std::string& sentence, std::vector<std::string> problems = {}) {
    return {State::Refused, sentence, std::move(problems), false};
}

std::atomic<std::size_t> leaked{0};

/// "first problem", or "first problem (and 2 more)".
std::string headline(const std::vector<std::string>& problems) {
    if (problems.size() == 1) return problems.front();
    return problems.front() + " (and " + std::to_string(problems.size() - 1) + " more)";
}

}  // namespace

Instance::Instance(Manifest manifest, Context context, Guard::Settings guard)
    : manifest_(std::move(manifest)), context_(std::move(context)),
      guard_(std::make_shared<Guard>(std::move(guard))), live_(std::make_shared<LiveObjects>()),
      calls_(std::make_shared<Calls>(guard_, context_.checkResults)),
      collector_(std::make_unique<sdk::Collector>()) {}

Instance::~Instance() = default;

Outcome Instance::step(const std::string& what, std::chrono::milliseconds limit, State good,
                       State bad, std::function<void()> work) {
    const auto number = guard_->journalNumber();
    const auto result = runStep(
        manifest_.id,
        [self = shared_from_this(), number, work = std::move(work)] {
            const JournalScope scope(number);
            work();
        },
        limit);
    if (result.end == StepResult::End::Overran) keepForEver();
    switch (result.end) {
    case StepResult::End::Returned: return {good, {}, {}, false};
    case StepResult::End::Threw:
        return {bad, what + " failed: " + describeException(result.error), {}, false};
    case StepResult::End::Overran:
        return {State::Failed,
                what + " did not return within " + seconds(limit) +
                    "; its code was given up and is not touched again: restart the server to use "
                    "the plugin, and report this to its author",
                {},
                true};
    }
    return {};
}

Outcome Instance::describe() {
    const auto outcome = std::make_shared<Outcome>();
    auto result = step("describe()", context_.describeLimit, State::Described, State::Refused,
                       [this, outcome] { *outcome = describeNow(); });
    if (result.state != State::Described) {
        if (!result.isLeaked) result.sentence += ": report this to the plugin's author";
        return result;
    }
    return *outcome;
}

Outcome Instance::describeNow() {
    const auto so = context_.folder / (manifest_.id + ".so");
    std::error_code error;
    const bool isPageOnly = !std::filesystem::exists(so, error) &&
                            (std::filesystem::exists(context_.folder / "ui", error) ||
                             std::filesystem::exists(context_.folder / "i18n", error));
    if (!isPageOnly) {
        const auto loaded = loadLibrary(context_.folder, manifest_);
        if (loaded.library == nullptr) return refusal(loaded.problem);
        note_ = loaded.library->note;
        plugin_ = createPlugin(*loaded.library);
        if (!plugin_) {
            return refusal("its constructor failed, create() returned nothing: a constructor must not "
                           "do work; report this to the plugin's author");
        }
        plugin_->describe(*collector_);
    }
    for (const auto& ui : manifest_.ui) collector_->all.ui.push_back(ui);
    auto problems = malformed(manifest_.id, collector_->all, context_.folder);
    for (auto& sentence : ungranted(manifest_.id, manifest_.grants, collector_->all)) {
        problems.push_back(std::move(sentence));
    }
    if (!problems.empty()) return refusal(headline(problems), problems);
    return {State::Described, "", {}, false};
}

Outcome Instance::configure(const config::Config& config) {
    const auto outcome = std::make_shared<Outcome>();
    const auto shared = config.shared_from_this();
    auto result = step("configure()", context_.describeLimit, State::Configured, State::Failed,
                       [this, outcome, shared] {
                           const auto take = [this](const sdk::Options& options) {
                               if (plugin_) plugin_->configure(options);
                           };
                           *outcome = configureNow(*shared, take, State::Configured);
                       });
    if (result.state != State::Configured) return result;
    return *outcome;
}

Outcome Instance::reconfigure(const config::Config& config) {
    const auto outcome = std::make_shared<Outcome>();
    const auto shared = config.shared_from_this();
    auto result = step("reconfigure()", context_.describeLimit, State::Running, State::Failed,
                       [this, outcome, shared] {
                           *outcome = configureNow(*shared, collector_->all.reconfigure, State::Running);
                       });
    if (result.isLeaked) {  // nothing may come in any more
        guard_->closeForCalls();
        while (!registrations_.empty()) registrations_.pop_back();
        context_.withdrawServices();
        if (host_) host_->withdraw();
        calls_->failAll();
    }
    return result.state == State::Running ? *outcome : result;
}

Outcome Instance::configureNow(const config::Config& config, const std::function<void(const sdk::Options&)>& take,
                               State good) {
    const auto options = config.pluginOptions(manifest_.id);
    // Problems known before (a required key that nobody wrote) are told without asking the plugin.
    if (options->problems().empty()) take(*options);
    if (options->problems().empty()) return {good, "", {}, false};
    std::vector<std::string> problems;
    for (const auto& finding : options->problems()) problems.push_back(finding.text());
    return {State::Misconfigured, headline(problems) + ": correct it and reload", problems, false};
}

Outcome Instance::start() {
    if (!collector_->all.migrations.empty()) {
        auto migrated = step("migrating its tables", context_.startLimit, State::Starting,
                             State::Failed, [this] {
                                 context_.ports.storage->migrate(manifest_.id,
                                                                 collector_->all.migrations);
                             });
        if (migrated.state != State::Starting) return failedStart(std::move(migrated));
    }
    strand_ = std::make_shared<bus::Strand>(*context_.ports.workers, 1000);
    const auto& grants = manifest_.grants;
    const bool mayUseFactors =
        std::find(grants.begin(), grants.end(), "account:factors") != grants.end();
    host_ = std::make_unique<HostImpl>(HostImpl::Context{
        &context_.ports, guard_, strand_, context_.dataDir, context_.setHealth,
        context_.findService, mayUseFactors, context_.pageParts, live_});
    wasStarted_ = true;
    auto result = step("start()", context_.startLimit, State::Running, State::Failed, [this] {
        if (plugin_) plugin_->start(*host_);
    });
    if (result.state != State::Running) return failedStart(std::move(result));
    // Here and not in the step: one that was given up must not register anything when it returns.
    try {
        registerAll();
    } catch (...) {
        return failedStart({State::Failed,
                            "could not be registered: " + describeException(std::current_exception()),
                            {},
                            false});
    }
    return result;
}

/// Whatever was acquired or registered goes; stop() is called as after a good start.
Outcome Instance::failedStart(Outcome why) {
    if (why.isLeaked) {
        guard_->closeForCalls();
        calls_->failAll();
        return why;
    }
    const auto stopped = stop();
    if (stopped.isLeaked) {
        why.sentence += "; then " + stopped.sentence;
        why.isLeaked = true;
    }
    return why;
}

Outcome Instance::stop() {
    const auto deadline = std::chrono::steady_clock::now() + context_.stopLimit;
    guard_->closeForCalls();
    const auto isDrained = std::make_shared<bool>(true);
    // Draining waits for other threads, so it happens on the step's thread under the same deadline.
    auto result = step("stop()", context_.stopLimit + std::chrono::milliseconds(250), State::Stopped,
                       State::Failed, [this, deadline, isDrained] {
                           if (!withdrawNow(deadline)) {
                               *isDrained = false;
                               return;
                           }
                           const struct Destroy {
                               Instance& self;
                               ~Destroy() {
                                   self.host_.reset();
                                   self.plugin_.reset();
                               }
                           } whateverStopThrows{*this};
                           if (plugin_ && wasStarted_) plugin_->stop(deadline);
                       });
    guard_->close();
    calls_->failAll();
    if (!*isDrained && !result.isLeaked) {
        result = {State::Failed,
                  "a call into it was still running " + seconds(context_.stopLimit) +
                      " after it was told to stop; its code was given up and is not touched again: "
                      "restart the server to use the plugin, and report this to its author",
                  {},
                  true};
    }
    if (!*isDrained) keepForEver();
    return result;
}

/// Its code still runs somewhere: nothing of it may be freed, not even when the process ends.
void Instance::keepForEver() {
    static auto* kept = new std::vector<std::shared_ptr<Instance>>;
    static std::mutex mutex;
    telemetry::log("plugin").error("plugin given up, its thread still runs", {{"plugin", manifest_.id}});
    const std::scoped_lock lock(mutex);
    kept->push_back(shared_from_this());
    ++leaked;
}

std::size_t Instance::leakedCount() noexcept {
    return leaked;
}

bool Instance::withdrawNow(std::chrono::steady_clock::time_point deadline) {
    while (!registrations_.empty()) registrations_.pop_back();
    context_.withdrawServices();
    if (host_) host_->withdraw();
    if (!live_->endAll(deadline)) return false;
    if (strand_ && !strand_->drain(deadline)) return false;
    if (!guard_->drain(deadline)) return false;
    // What a factory made while the door was closing.
    const bool isAllEnded = live_->endAll(deadline);
    guard_->close();
    calls_->failAll();  // replies that the plugin kept
    return isAllEnded && guard_->drain(deadline);
}

}  // namespace trellis::plugin
