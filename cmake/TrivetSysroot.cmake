# liburing, llhttp and the kernel headers: those that `make setup` unpacked into build/sysroot,
# those of TRIVET_SYSROOT, or, for a wheel that is built from its source archive, the system's.

set(TRIVET_SYSROOT "" CACHE PATH "Unpacked Debian 13 packages; empty for build/sysroot")
set(sysroot ${TRIVET_SYSROOT})
if(NOT sysroot AND (PROJECT_IS_TOP_LEVEL OR EXISTS ${PROJECT_SOURCE_DIR}/build/sysroot))
    set(sysroot ${PROJECT_SOURCE_DIR}/build/sysroot)
endif()
set(triplet ${CMAKE_CXX_LIBRARY_ARCHITECTURE})
if(NOT triplet)
    set(triplet ${CMAKE_SYSTEM_PROCESSOR}-linux-gnu)
endif()
set(TRIVET_SYSROOT_HINTS "")
set(places "")
if(sysroot)
    set(TRIVET_SYSROOT_HINTS HINTS ${sysroot}/usr/include ${sysroot}/usr/lib/${triplet})
    set(places ${TRIVET_SYSROOT_HINTS} NO_DEFAULT_PATH)
endif()

# The static archives, so that no other copy in the process can stand in for ours.
find_library(TRIVET_LIBURING_ARCHIVE NAMES liburing.a ${places} NO_CACHE)
find_library(TRIVET_LLHTTP_ARCHIVE NAMES libllhttp.a ${places} NO_CACHE)
find_path(TRIVET_LIBURING_INCLUDE liburing/io_uring_version.h ${places} NO_CACHE)
find_path(TRIVET_LLHTTP_INCLUDE llhttp.h ${places} NO_CACHE)
foreach(place LIBURING_ARCHIVE LLHTTP_ARCHIVE LIBURING_INCLUDE LLHTTP_INCLUDE)
    if(NOT TRIVET_${place})
        message(FATAL_ERROR "${place} is missing in ${sysroot}: run `make setup` first, or install "
            "liburing 2.9 and llhttp 9.2 or newer with their static archives (Debian 13: "
            "liburing-dev, libllhttp-dev), or name their place with TRIVET_SYSROOT")
    endif()
endforeach()
foreach(name MAJOR MINOR)
    file(STRINGS ${TRIVET_LIBURING_INCLUDE}/liburing/io_uring_version.h line
        REGEX "define IO_URING_VERSION_${name}")
    string(REGEX REPLACE "[^0-9]*([0-9]+).*" "\\1" uring_${name} "${line}")
endforeach()
if("${uring_MAJOR}.${uring_MINOR}" VERSION_LESS 2.9)
    message(FATAL_ERROR "liburing is ${uring_MAJOR}.${uring_MINOR}; 2.9 or newer is needed")
endif()

# SYSTEM: other people's headers are not held to our warnings.
add_library(trivet_liburing INTERFACE)
add_library(trivet::liburing ALIAS trivet_liburing)
target_include_directories(trivet_liburing SYSTEM INTERFACE ${TRIVET_LIBURING_INCLUDE})
if(sysroot)
    target_include_directories(trivet_liburing SYSTEM INTERFACE
        ${TRIVET_LIBURING_INCLUDE}/${triplet})
endif()
target_link_libraries(trivet_liburing INTERFACE ${TRIVET_LIBURING_ARCHIVE})

add_library(trivet_llhttp INTERFACE)
add_library(trivet::llhttp ALIAS trivet_llhttp)
target_include_directories(trivet_llhttp SYSTEM INTERFACE ${TRIVET_LLHTTP_INCLUDE})
target_link_libraries(trivet_llhttp INTERFACE ${TRIVET_LLHTTP_ARCHIVE})
