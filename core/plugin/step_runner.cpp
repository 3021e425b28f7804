#include "core/plugin/step_runner.hpp"

#include <condition_variable>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <thread>
#include <typeinfo>

#include <cxxabi.h>
#include <pthread.h>

#include <Poco/Exception.h>

namespace trellis::plugin {
namespace {

thread_local bool isStepThread = false;

struct Shared {
    std::mutex mutex;
    std::condition_variable done;
    bool isDone = false;
    std::exception_ptr error;
};

std::string demangle(const char* name) {
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> text(
        abi::__cxa_demangle(name, nullptr, nullptr, &status), &std::free);
    return status == 0 && text ? std::string(text.get()) : std::string(name);
}

}  // namespace

bool isInStep() noexcept {
    return isStepThread;
}

StepResult runStep(const std::string& name, std::function<void()> work,
                   std::chrono::milliseconds limit) {
    const auto shared = std::make_shared<Shared>();
    std::thread thread([shared, work = std::move(work), name = name.substr(0, 15)]() mutable {
        pthread_setname_np(pthread_self(), name.c_str());
        isStepThread = true;
        std::exception_ptr error;
        try {
            work();
        } catch (...) {
            error = std::current_exception();
        }
        work = nullptr;  // what it owns goes before the waiter is told
        const std::scoped_lock lock(shared->mutex);
        shared->isDone = true;
        shared->error = error;
        shared->done.notify_all();
    });
    bool isDone = false;
    {
        std::unique_lock lock(shared->mutex);
        isDone = shared->done.wait_for(lock, limit, [&] { return shared->isDone; });
    }
    if (!isDone) {
        thread.detach();
        return {StepResult::End::Overran, nullptr};
    }
    thread.join();
    if (shared->error) return {StepResult::End::Threw, shared->error};
    return {};
}

std::string describeException(const std::exception_ptr& error) noexcept {
    try {
        if (!error) return "no exception";
        std::rethrow_exception(error);
    } catch (const Poco::Exception& e) {
        return e.displayText();  // says more than what()
    } catch (const std::exception& e) {
        return demangle(typeid(e).name()) + ": " + e.what();
    } catch (...) {
        const auto* type = abi::__cxa_current_exception_type();
        return "an exception of type " + (type ? demangle(type->name()) : std::string("unknown"));
    }
}

}  // namespace trellis::plugin
