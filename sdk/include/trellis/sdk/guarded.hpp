/// Binds data to its mutex, so that reading it without the lock does not compile.
#pragma once

#include <mutex>
#include <utility>

namespace trellis::sdk {

template <class T> class Guarded {
public:
    template <class... A> explicit Guarded(A&&... a) : value_(std::forward<A>(a)...) {}
    template <class F> decltype(auto) with(F&& f) {
        const std::scoped_lock lock(mutex_);
        return std::forward<F>(f)(value_);
    }
    template <class F> decltype(auto) with(F&& f) const {
        const std::scoped_lock lock(mutex_);
        return std::forward<F>(f)(std::as_const(value_));
    }

private:
    mutable std::mutex mutex_;
    T value_;
};

}  // namespace trellis::sdk
