// Request bodies: buffered up to the route's limit, or pulled piece by piece.
#include <algorithm>

#include "core/net/http_session.hpp"

namespace trellis::net {

namespace {

constexpr auto kRateGrace = std::chrono::seconds(10);
constexpr Millis kBodyCheckEvery{2000};
/// Read ahead of who takes the body piece by piece; with one more read it makes a piece of 256 KiB.
constexpr std::size_t kAhead = 192 * 1024;

} // namespace

std::size_t HttpSession::readBodyBytes(Bytes bytes) {
    if (!chunks_) {
        const auto count =
            static_cast<std::size_t>(std::min<std::uint64_t>(bodyLeft_, bytes.size()));
        bodyLeft_ -= count;
        if (takeBody(bytes.first(count)) && bodyLeft_ == 0)
            bodyDone();
        return count;
    }
    const auto step = chunks_->next(bytes);
    switch (step.state) {
    case ChunkedDecoder::State::Bad:
        if (step_ == Step::Body)
            refuse(400, "malformed chunk");
        else
            connection_->abort("malformed chunk in the request body");
        return bytes.size();
    case ChunkedDecoder::State::Data:
        takeBody(step.data);
        break;
    case ChunkedDecoder::State::Done:
        bodyDone();
        break;
    case ChunkedDecoder::State::NeedMore:
        break;
    }
    return step.used;
}

// False if the body has been refused.
bool HttpSession::takeBody(Bytes data) {
    bodyReceived_ += data.size();
    if (bodyReceived_ > entry_->spec.bodyLimit) {
        if (step_ == Step::Body || step_ == Step::Waiting)
            refuse(413, "the body is too large");
        else
            connection_->abort("the request body is too large");
        endStreamed(BodyStream::End::Failed);
        return false;
    }
    if (isStreamed_)
        giveStreamed(data);
    else
        request_.body.append(asText(data));
    return true;
}

void HttpSession::bodyDone() {
    hasBody_ = false;
    if (isStreamed_)
        endStreamed(BodyStream::End::Done);
    else
        dispatch();
}

void HttpSession::readBody(std::uint64_t serial, BodyStream::Next next) {
    if (serial != serial_ || (streamEnded_ && streamed_.empty())) {
        next({}, hasBody_ || serial != serial_ ? BodyStream::End::Failed : BodyStream::End::Done);
        return;
    }
    if (!streamed_.empty()) {
        std::string piece;
        piece.swap(streamed_);
        const bool isLast = streamEnded_ && !hasBody_;
        if (!isLast)
            connection_->resumeReading();
        next(std::move(piece), isLast ? BodyStream::End::Done : BodyStream::End::More);
        return;
    }
    nextPiece_ = std::move(next);
    bodySince_ = connection_->loop().now(); // while nobody asked, the sender's time didn't run
    bodyReceivedSince_ = 0;
    if (step_ == Step::Waiting) // while an answer is being sent the timer is that one's
        armTimer(kBodyCheckEvery);
    connection_->resumeReading();
}

void HttpSession::giveStreamed(Bytes data) {
    bodyReceivedSince_ += data.size();
    streamed_.append(asText(data));
    const bool isLast = !chunks_ && bodyLeft_ == 0;
    if (isLast || streamed_.size() >= kAhead)
        connection_->pauseReading();
    if (!nextPiece_)
        return;
    const auto next = std::move(nextPiece_);
    nextPiece_ = nullptr;
    if (step_ == Step::Waiting)
        timer_.cancel();
    if (isLast) {
        hasBody_ = false;
        streamEnded_ = true;
    }
    std::string piece;
    piece.swap(streamed_);
    next(std::move(piece), isLast ? BodyStream::End::Done : BodyStream::End::More);
}

void HttpSession::endStreamed(BodyStream::End end) {
    if (!isStreamed_ || streamEnded_)
        return;
    streamEnded_ = true;
    if (connection_->isOpen())
        connection_->pauseReading();
    if (!nextPiece_)
        return;
    const auto next = std::move(nextPiece_);
    nextPiece_ = nullptr;
    if (step_ == Step::Waiting)
        timer_.cancel();
    next({}, end);
}

bool HttpSession::isBodyTooSlow() const {
    if (isStreamed_ && !nextPiece_)
        return false;
    const auto elapsed = connection_->loop().now() - bodySince_;
    if (elapsed <= kRateGrace)
        return false;
    const auto seconds = std::chrono::duration<double>(elapsed - kRateGrace).count();
    const auto received = isStreamed_ ? bodyReceivedSince_ : bodyReceived_;
    return static_cast<double>(received) <
           static_cast<double>(server_->options.minBodyRate) * seconds;
}

} // namespace trellis::net
