#include "agent/link/http_fetch.hpp"

#include <charconv>

namespace trellis::device {
namespace {
constexpr std::size_t kMaxChunkLine = 1024;
}  // namespace

HttpFetch::HttpFetch(Loop& loop, TlsContext& tls, Handler& handler, HttpRequest request)
    : loop_(loop), handler_(handler), request_(std::move(request)), connection_(loop, tls, *this),
      silence_(loop) {}

HttpFetch::~HttpFetch() { *alive_ = false; }

void HttpFetch::open() {
    ConnectionTarget target;
    target.host = request_.url.host;
    target.port = request_.url.port;
    target.isSecure = request_.url.isSecure();
    target.trust = request_.trust;
    target.proxy = request_.proxy;
    target.timeout = request_.connectTimeout;
    connection_.open(std::move(target));
}

void HttpFetch::watchSilence() {
    if (isPaused_) return silence_.stop();
    silence_.start(request_.quietTimeout, [this] {
        connection_.close();
        end("the server fell silent");
    });
}

void HttpFetch::onConnected() {
    auto text = request_.method + ' ' + request_.url.path + " HTTP/1.1\r\nHost: " +
                request_.url.hostHeader() + "\r\nConnection: close\r\n";
    for (const auto& [name, value] : request_.headers) text += name + ": " + value + "\r\n";
    if (!request_.body.empty() || request_.method == "POST" || request_.method == "PUT") {
        text += "Content-Length: " + std::to_string(request_.body.size()) + "\r\n";
    }
    connection_.send(text + "\r\n" + request_.body);
    request_.body = {};
    watchSilence();
}

void HttpFetch::onData(std::string_view bytes) {
    buffer_.append(bytes);
    watchSilence();
    pump();
}

void HttpFetch::pump() {
    const auto alive = alive_;
    while (*alive && !isPaused_ && stage_ != Stage::Done && step()) {
    }
}

bool HttpFetch::step() {
    std::string line;
    switch (stage_) {
    case Stage::Head: return takeHead();
    case Stage::Sized:
    case Stage::ChunkData:
    case Stage::UntilClose: return takeBody();
    case Stage::ChunkSize: return takeChunkSize();
    case Stage::ChunkEnd:
        if (!takeLine(line)) return false;
        stage_ = Stage::ChunkSize;
        return true;
    case Stage::Trailer:
        if (!takeLine(line)) return false;
        if (line.empty()) end({});
        return true;
    case Stage::Done: return false;
    }
    return false;
}

bool HttpFetch::takeHead() {
    const auto size = findHeadEnd(buffer_);
    if (size == 0 && buffer_.size() <= kMaxResponseHead) return false;
    const auto head = size != 0 && size <= kMaxResponseHead
                          ? parseResponseHead(std::string_view(buffer_).substr(0, size))
                          : std::nullopt;
    if (!head || !chooseBody(*head)) {
        end("the answer is not HTTP");
        return false;
    }
    buffer_.erase(0, size);
    if (head->status < 200) {  // RFC 9110 section 15.2: interim answers
        stage_ = Stage::Head;
        return true;
    }
    const auto alive = alive_;
    handler_.onHead(*head);
    if (!*alive) return false;
    if (stage_ == Stage::Sized && left_ == 0) end({});
    return *alive;
}

/// RFC 9112 section 6.3.
bool HttpFetch::chooseBody(const ResponseHead& head) {
    left_ = 0;
    stage_ = Stage::Sized;
    if (request_.method == "HEAD" || head.status < 200 || head.status == 204 || head.status == 304) {
        return true;
    }
    if (const auto coding = head.header("transfer-encoding"); !coding.empty()) {
        stage_ = Stage::ChunkSize;
        return coding == "chunked";
    }
    const auto length = head.header("content-length");
    if (length.empty()) {
        stage_ = Stage::UntilClose;
        return true;
    }
    const auto read = std::from_chars(length.data(), length.data() + length.size(), left_);
    return read.ec == std::errc() && read.ptr == length.data() + length.size();
}

bool HttpFetch::takeLine(std::string& line) {
    const auto mark = buffer_.find("\r\n");
    if (mark == std::string::npos) {
        if (buffer_.size() > kMaxChunkLine) end("a chunk's head is too long");
        return false;
    }
    line = buffer_.substr(0, mark);
    buffer_.erase(0, mark + 2);
    return true;
}

bool HttpFetch::takeChunkSize() {
    std::string line;
    if (!takeLine(line)) return false;
    const auto digits = line.substr(0, line.find_first_of("; \t"));
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), left_, 16);
    if (digits.empty() || read.ec != std::errc() || read.ptr != digits.data() + digits.size()) {
        end("a chunk's size is not a number");
        return false;
    }
    stage_ = left_ == 0 ? Stage::Trailer : Stage::ChunkData;
    return true;
}

bool HttpFetch::takeBody() {
    if (buffer_.empty()) return false;
    const auto isSized = stage_ != Stage::UntilClose;
    const auto count =
        isSized ? static_cast<std::size_t>(std::min<std::uint64_t>(left_, buffer_.size()))
                : buffer_.size();
    const auto piece = buffer_.substr(0, count);
    buffer_.erase(0, count);
    if (isSized) left_ -= count;
    const auto alive = alive_;
    handler_.onBody(piece);
    if (!*alive || stage_ == Stage::Done) return false;
    if (isSized && left_ == 0) {
        if (stage_ == Stage::ChunkData) {
            stage_ = Stage::ChunkEnd;
        } else {
            end({});
        }
    }
    return *alive;
}

void HttpFetch::pause(bool isPaused) {
    if (isPaused_ == isPaused) return;
    isPaused_ = isPaused;
    connection_.pause(isPaused);
    watchSilence();
    if (isPaused) return;
    loop_.post([this, alive = alive_] {
        if (*alive) pump();
    });
}

void HttpFetch::onClosed(const std::string& reason) {
    if (stage_ == Stage::UntilClose) return end({});
    end(reason);
}

void HttpFetch::end(const std::string& error) {
    if (stage_ == Stage::Done) return;
    stage_ = Stage::Done;
    silence_.stop();
    connection_.close();
    handler_.onEnd(error);
}

}  // namespace trellis::device
