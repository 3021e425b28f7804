#define BOOST_TEST_MODULE takeover
#include <boost/test/unit_test.hpp>
