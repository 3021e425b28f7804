#define BOOST_TEST_MODULE recording
#include <boost/test/unit_test.hpp>
