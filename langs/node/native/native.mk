# Builds trivet.node for one preset; build.sh says which:
#   make -f native.mk OUT=… LIBRARY=…/libtrivet.a NODE_INCLUDE=… CAPI=…
CXX ?= g++
LAUNCHER ?= $(shell command -v ccache)
SOURCES := $(wildcard *.cc)
OBJECTS := $(SOURCES:%.cc=$(OUT)/%.o)
CXXFLAGS := -std=c++23 -O2 -g -fPIC -fvisibility=hidden -fno-exceptions -fno-rtti -Wall -Wextra \
            -Wshadow -Wconversion -Werror -DNAPI_VERSION=8 -DBUILDING_NODE_EXTENSION \
            -isystem $(NODE_INCLUDE) -I$(CAPI) $(EXTRA_CXXFLAGS)
# Node exports its own llhttp, OpenSSL and zlib: nothing of ours may bind to them.
LDFLAGS := -shared -Wl,--version-script=exports.map -Wl,--exclude-libs,ALL -Wl,-Bsymbolic \
           -Wl,--gc-sections -Wl,-z,relro,-z,now
# A machine without a compiler may have an older libstdc++. A sanitizer's runtime brings its own.
STATIC := $(if $(findstring -fsanitize,$(EXTRA_CXXFLAGS)),,-static-libstdc++)

$(OUT)/trivet.node: $(OBJECTS) $(LIBRARY) native.mk exports.map
	$(CXX) $(LDFLAGS) $(STATIC) $(EXTRA_CXXFLAGS) -o $@.new $(OBJECTS) $(LIBRARY) -lm -lpthread
	mv $@.new $@

$(OUT)/%.o: %.cc native.mk
	@mkdir -p $(OUT)
	$(LAUNCHER) $(CXX) $(CXXFLAGS) -MMD -MP -c -o $@ $<

-include $(OBJECTS:.o=.d)
