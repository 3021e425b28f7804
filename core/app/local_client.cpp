#include "core/app/local_client.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <memory>
#include <optional>

#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Timespan.h>

#include <trellis/sdk/error.hpp>

#include "core/app/http_answer.hpp"
#include "core/app/paths.hpp"

namespace trellis::app {
namespace {

namespace json = boost::json;
using sdk::Error;
using sdk::ErrorCode;

/// The socket's address through an open directory, because sun_path holds 107 bytes only.
class SocketPath {
public:
    explicit SocketPath(const std::filesystem::path& socket)
        : directory_(::open(socket.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)),
          text_("/proc/self/fd/" + std::to_string(directory_) + "/" + socket.filename().string()) {}
    ~SocketPath() {
        if (directory_ >= 0) ::close(directory_);
    }
    SocketPath(const SocketPath&) = delete;
    SocketPath& operator=(const SocketPath&) = delete;
    const std::string& text() const noexcept { return text_; }

private:
    int directory_;
    std::string text_;
};

Poco::Net::StreamSocket connect(const std::filesystem::path& data, std::chrono::seconds limit) {
    const SocketPath path(controlSocket(data));
    Poco::Net::StreamSocket socket;
    socket.connect(Poco::Net::SocketAddress(Poco::Net::SocketAddress::UNIX_LOCAL, path.text()));
    const Poco::Timespan timeout(static_cast<long>(limit.count()), 0);
    socket.setReceiveTimeout(timeout);
    socket.setSendTimeout(timeout);
    return socket;
}

}  // namespace

bool LocalClient::isServerRunning() const {
    if (remote_) return true;
    try {
        connect(data_, std::chrono::seconds(5));
        return true;
    } catch (const Poco::Exception&) {
        return false;
    }
}

json::value LocalClient::call(const std::string& command, const json::object& arguments,
                              std::chrono::seconds limit) const {
    if (remote_) return callRemote(*remote_, command, arguments, limit);
    try {
        Poco::Net::HTTPClientSession session(connect(data_, limit));
        session.setTimeout(Poco::Timespan(static_cast<long>(limit.count()), 0));
        Poco::Net::HTTPRequest request(
            "POST", (tenant_.empty() ? "" : "/" + tenant_) + "/api/v1/" + command, "HTTP/1.1");
        request.setHost("localhost");
        return exchange(session, request, arguments, tenant_);
    } catch (const Poco::Exception& e) {
        throw Error(ErrorCode::Unavailable,
                    "no server answers on " + controlSocket(data_).string() + " (" +
                        e.displayText() + "); start trellisd with the same --data");
    }
}

}  // namespace trellis::app
