/// One attempt to deliver: a blocking POST that follows no redirect.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "address_guard.hpp"

namespace webhooks {

struct SendOptions {
    std::chrono::seconds timeout{10}; ///< for each step of it
    std::vector<Network> allowed;     ///< addresses that are not public and still allowed
    std::string caFile;               ///< "": the system's authorities
};

struct Outgoing {
    std::string url;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
};

struct SendResult {
    int status = 0;      ///< of HTTP, 0 if there was no answer
    std::string problem; ///< "" when it was taken (2xx)
};

/// Ends an attempt from another thread, for receivers that send a byte now and then.
class Cutter {
public:
    void cut() noexcept; ///< any thread, any time
    void watch(int socket) noexcept;
    void forget() noexcept;

private:
    std::mutex mutex_;
    int socket_ = -1;
    bool isCut_ = false;
};

/// The certificate of an https receiver is always checked, against the name in the URL. The name is
/// resolved once, its addresses are checked, and that address is connected to. Throws nothing but
/// std::bad_alloc. Blocks.
SendResult send(const SendOptions& options, const Outgoing& outgoing, Cutter& cutter);

/// "" if `url` can be a receiver, else why not: http or https, a host, no user name.
std::string faultOf(const std::string& url, bool allowsHttp);

} // namespace webhooks
