#include "core/app/plugin_ports/exchange.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace trellis::app {
namespace {

std::string lower(std::string_view text) {
    std::string out(text);
    for (auto& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

class NetReader final : public sdk::BodyReader {
public:
    explicit NetReader(std::shared_ptr<net::BodyStream> stream) : stream_(std::move(stream)) {}
    void read(Next next) override {
        stream_->read([next = std::move(next)](std::string piece, net::BodyStream::End end) {
            next(std::move(piece), end == net::BodyStream::End::More   ? End::More
                                   : end == net::BodyStream::End::Done ? End::Done
                                                                       : End::Failed);
        });
    }

private:
    const std::shared_ptr<net::BodyStream> stream_;
};

/// Counts what goes out, so that the plugin learns whether all of it did.
class NetProducer final : public net::BodyProducer {
public:
    NetProducer(std::shared_ptr<sdk::BodyProducer> inner, std::optional<std::uint64_t> length)
        : inner_(std::move(inner)), left_(length) {}
    ~NetProducer() override { inner_->onEnd(isSent_); }
    NetProducer(const NetProducer&) = delete;
    NetProducer& operator=(const NetProducer&) = delete;
    void start(std::function<void()> wake) override { inner_->start(std::move(wake)); }
    State produce(std::string& out, std::size_t atMost) override {
        const auto before = out.size();
        const auto state = inner_->produce(out, atMost);
        const auto count = out.size() - before;
        if (left_ && count > *left_) return State::Failed;
        if (left_) *left_ -= count;
        switch (state) {
        case sdk::BodyProducer::State::Data: return State::Data;
        case sdk::BodyProducer::State::Wait: return State::Wait;
        case sdk::BodyProducer::State::End: break;
        case sdk::BodyProducer::State::Failed: return State::Failed;
        }
        isSent_ = left_.value_or(0) == 0;
        return isSent_ ? State::End : State::Failed;
    }

private:
    const std::shared_ptr<sdk::BodyProducer> inner_;
    std::optional<std::uint64_t> left_;
    bool isSent_ = false;
};

}  // namespace

sdk::HttpRequest toPlugin(const net::HttpRequest& request) {
    sdk::HttpRequest out;
    out.method = request.method;
    out.path = request.path;
    for (const auto& [name, value] : request.params) out.segments.emplace(name, value);
    for (const auto& [name, value] : request.query) out.query.emplace(name, value);
    for (const auto& [name, value] : request.headers) {
        const auto key = lower(name);
        if (key != "cookie" && key != "authorization") out.headers.emplace(key, value);
    }
    out.body = request.body;
    return out;
}

net::HttpResponse toNet(sdk::HttpResponse answer) {
    net::HttpResponse out;
    out.status = answer.status;
    for (auto& [name, value] : answer.headers) out.headers.add(std::move(name), std::move(value));
    if (answer.producer) {
        out.body = net::ProducedBody{
            std::make_shared<NetProducer>(std::move(answer.producer), answer.length), answer.length};
    } else if (answer.file) {
        out.body = net::FileBody{std::move(answer.file->fd), answer.file->offset, answer.file->length};
    } else {
        out.body = std::move(answer.body);
    }
    return out;
}

NetExchange::NetExchange(sdk::Request caller, net::HttpRequest request, net::Responder responder)
    : caller_(std::move(caller)), request_(toPlugin(request)),
      body_(request.stream ? std::make_unique<NetReader>(std::move(request.stream)) : nullptr),
      responder_(std::move(responder)) {}

NetExchange::~NetExchange() = default;

}  // namespace trellis::app
