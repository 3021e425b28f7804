/// A file of a device as the body of an HTTP answer.
#pragma once

#include <deque>

#include "passage.hpp"
#include "sha256.hpp"

namespace files {

/// Bytes wait in at most about 1 MiB here; then the device is not read. A device that is lost is waited
/// for, and goes on where it was, if its file is still the same.
class Download final : public Passage, public trellis::sdk::BodyProducer {
public:
    /// `from`: first byte that is wanted; `validator`: the ETag that the file must have for that, or "".
    Download(trellis::sdk::Host& host, Order order, std::shared_ptr<trellis::sdk::HttpExchange> exchange,
             std::uint64_t from, std::string validator);

    void start(std::function<void()> wake) override;
    trellis::sdk::BodyProducer::State produce(std::string& out, std::size_t atMost) override;
    void onEnd(bool isSent) override;

private:
    void greet() override;
    void take(const json::object& message) override;
    void takeBlock(std::span<const std::byte> frame) override;
    bool canResume() const override { return isAnswered_; }
    void onFailed() override;
    void started(const json::object& message);
    void done(const json::object& message);
    void restart();
    void refuseRange(std::uint64_t size);
    void answer();
    void wakeLater();
    std::size_t copyInto(std::string& out, std::size_t atMost);
    std::string etag() const;

    // Guarded as Passage's.
    std::uint64_t from_;
    std::string validator_;
    std::string mtime_;
    Sha256 whole_;  ///< from the beginning of the file; means nothing when from_ is not 0
    Sha256 tail_;   ///< of what this tunnel has carried
    bool isContinued_ = false;
    std::uint64_t received_;  ///< from the device, position in the file
    std::uint64_t acked_ = 0;
    std::deque<std::string> queue_;
    std::size_t queued_ = 0;
    std::size_t frontAt_ = 0;
    std::function<void()> wake_;
    bool isAnswered_ = false;
    bool isWhole_ = false;
    bool isHeld_ = false;
    int id_ = 0;
};

}  // namespace files
