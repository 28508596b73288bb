# Compiler settings shared by every target of ours.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

find_program(TRIVET_CCACHE ccache)
if(TRIVET_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_C_COMPILER_LAUNCHER ${TRIVET_CCACHE})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${TRIVET_CCACHE})
endif()

# Warnings are errors in every preset (not where a wheel is built from its source archive, with
# compilers that nobody here has seen). Linked PRIVATE, so they never reach a user's code.
add_library(trivet_flags INTERFACE)
target_compile_options(trivet_flags INTERFACE
    -Wall -Wextra -Wshadow -Wconversion -Wvla -Wundef $<$<BOOL:${TRIVET_WERROR}>:-Werror>
    -Wno-missing-field-initializers
    $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor -Woverloaded-virtual>
    # -Og leaves gcc guessing; a wrong guess must not stop a debug build.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-error=maybe-uninitialized>
)
target_include_directories(trivet_flags INTERFACE ${PROJECT_SOURCE_DIR}/core)

# What core and capi add: hidden symbols, no exceptions, no RTTI.
add_library(trivet_core_flags INTERFACE)
target_link_libraries(trivet_core_flags INTERFACE trivet_flags)
target_compile_options(trivet_core_flags INTERFACE
    -fvisibility=hidden
    $<$<COMPILE_LANGUAGE:CXX>:-fvisibility-inlines-hidden -fno-exceptions -fno-rtti>
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>
)

if(TRIVET_SANITIZE)
    add_compile_options(
        -fsanitize=${TRIVET_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${TRIVET_SANITIZE})
    if(TRIVET_SANITIZE MATCHES "undefined")
        add_compile_options(-fno-sanitize=vptr) # needs RTTI
        add_link_options(-fno-sanitize=vptr)
    endif()
endif()
