/// Files on the server over HTTP (control-protocol 8.1): /downloadfile.ashx and /uploadfile.ashx.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "core/api/files/file_store.hpp"
#include "core/api/http/caller.hpp"
#include "core/net/router.hpp"

namespace trellis::api {

struct Context;

/// Uploads are written as they arrive; what is complete is put into place by the command
/// `serverfile.put`, which checks rights and quota and leaves the audit record.
class ServerFileRoutes {
public:
    static constexpr std::uint64_t kMaxUpload = 2ULL * 1024 * 1024 * 1024; ///< bytes of one request
    static constexpr int kMaxAtOnce = 32;

    ServerFileRoutes(Context& context, const HttpCallers& callers);
    void mount(net::Router& router, std::vector<net::Registration>& routes);

private:
    net::HttpResponse download(const net::HttpRequest& request);
    void upload(net::HttpRequest request, const net::Responder& responder);

    Context& context_;
    const HttpCallers& callers_;
    FileStore store_;
    std::shared_ptr<std::atomic<int>> running_ = std::make_shared<std::atomic<int>>(0);
};

} // namespace trellis::api
