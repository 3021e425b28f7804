#include "agent/script/process_handle.hpp"

#include "agent/script/text.hpp"

namespace trellis::device {
namespace {
/// Ours: the loop serves nobody else while a script waits.
constexpr Milliseconds kLongestWait{60'000};

class ProcessHandle : public Handle, private Process::Handler {
public:
    ProcessHandle(ScriptHost& host, HandleId id, const ProgramOptions& options)
        : host_(host), id_(id), process_(host.loop(), *this, options) {}

    void send(bool isText, std::string_view data) override {
        process_.write(isText ? fromScript(data) : std::string(data));
        if (process_.queued() > kHighWater) isFull_ = true;
    }
    std::size_t queued() const override { return process_.queued(); }
    void pause(bool isPaused) override { process_.pause(isPaused); }
    void end() override { process_.closeInput(); }
    void resize(unsigned short rows, unsigned short columns) override {
        process_.resize(rows, columns);
    }
    void signal(int number) override { process_.signal(number); }
    long pid() const override { return process_.pid(); }
    bool waitForExit(long milliseconds) override {
        const ScriptHost::Waiting waiting(host_);
        const Milliseconds wanted(milliseconds);
        return process_.waitForExit(milliseconds <= 0 ? kLongestWait
                                                      : std::min(wanted, kLongestWait));
    }

private:
    void onOutput(bool isError, std::string_view bytes) override {
        host_.emit(id_, isError ? "stderr" : "stdout", EventArg::ofBytes(bytes));
    }
    void onDrained() override {
        if (std::exchange(isFull_, false)) host_.emit(id_, "drain");
    }
    void onExit(int code, int signal) override {
        host_.emit(id_, "exit", EventArg::ofNumber(code), EventArg::ofNumber(signal));
        host_.removeHandle(id_);
    }

    ScriptHost& host_;
    HandleId id_;
    bool isFull_ = false;
    Process process_;
};
}  // namespace

std::unique_ptr<Handle> openProcess(ScriptHost& host, HandleId id, const ProgramOptions& options) {
    return std::make_unique<ProcessHandle>(host, id, options);
}

}  // namespace trellis::device
