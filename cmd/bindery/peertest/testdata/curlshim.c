/*
 * A preloaded library that lets Debian's SyncEvolution 2.0 talk HTTP.
 *
 * That build hands libcurl no read and no write callback, only the object that the data belongs to, so
 * libcurl takes the object for a FILE and the program dies with its first message. Here the missing
 * callbacks are put in; they call the two member functions that were meant, which the program exports.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <stddef.h>

enum { OPT_WRITEFUNCTION = 20011, OPT_READFUNCTION = 20012 };

typedef size_t (*transfer)(void *agent, void *buffer, size_t length);

static size_t forward(const char *member, void *agent, void *buffer, size_t length)
{
	transfer f = (transfer)dlsym(RTLD_DEFAULT, member);
	return f == NULL ? 0 : f(agent, buffer, length);
}

static size_t on_write(void *buffer, size_t size, size_t count, void *agent)
{
	return forward("_ZN7SyncEvo18CurlTransportAgent9writeDataEPvm", agent, buffer, size * count);
}

static size_t on_read(void *buffer, size_t size, size_t count, void *agent)
{
	return forward("_ZN7SyncEvo18CurlTransportAgent8readDataEPvm", agent, buffer, size * count);
}

int curl_easy_setopt(void *handle, int option, ...)
{
	static int (*next)(void *, int, ...);
	va_list args;
	void *value;

	if (next == NULL)
		next = (int (*)(void *, int, ...))dlsym(RTLD_NEXT, "curl_easy_setopt");
	va_start(args, option);
	value = va_arg(args, void *);
	va_end(args);
	if (value == NULL && option == OPT_WRITEFUNCTION)
		value = (void *)on_write;
	if (value == NULL && option == OPT_READFUNCTION)
		value = (void *)on_read;
	return next(handle, option, value);
}
