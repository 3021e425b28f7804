/// The body of an HTTP request as a file of a device.
#pragma once

#include "passage.hpp"
#include "sha256.hpp"

namespace files {

/// A piece of the body (64 KiB) at a time: the next is read when the tunnel has room. Bytes that a lost
/// connection leaves at the device are kept there under a key: who sends the same file again
/// begins where the device says.
class Upload final : public Passage {
public:
    /// `offset`: where the body begins in the file; `size`: of the file. `exists`:
    /// "fail", "replace" or "rename"; `part`: key of what is kept at the device, 24 hex digits.
    Upload(trellis::sdk::Host& host, Order order, std::shared_ptr<trellis::sdk::HttpExchange> exchange,
           std::uint64_t offset, std::uint64_t size, std::string exists, std::string part);

private:
    void greet() override;
    void take(const json::object& message) override;
    void onRoom() override { readOn(); }
    void onStop() override;
    bool canResume() const override { return false; }
    void readOn();
    void piece(std::string bytes, trellis::sdk::BodyReader::End end);
    void placed(const json::object& message);

    // Guarded as Passage's.
    const std::uint64_t offset_;
    const std::string exists_;
    const std::string part_;
    Sha256 hash_;  ///< of what was sent
    std::uint64_t sent_;
    bool isReading_ = false;
    bool isSent_ = false;
};

}  // namespace files
