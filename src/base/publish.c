#include "base/publish.h"

#include <urcu-qsbr.h>

#ifdef __has_feature
 #if __has_feature(thread_sanitizer)
  #define RACES_ARE_LOOKED_FOR
 #endif
#endif
#ifdef __SANITIZE_THREAD__
 #define RACES_ARE_LOOKED_FOR
#endif

/*
 * liburcu is not built with ThreadSanitizer, which would not see what its grace periods put in
 * order: all that a reader does before it lets go is before kt_readers_wait() returns.
 */
#ifdef RACES_ARE_LOOKED_FOR
 #include <sanitizer/tsan_interface.h>
static char grace;
 #define BEFORE(at) __tsan_release(at)
 #define AFTER(at)  __tsan_acquire(at)
#else
static const char grace;
 #define BEFORE(at) ((void)(at))
 #define AFTER(at)  ((void)(at))
#endif

void kt_reader_join(void)
{
	urcu_qsbr_register_thread();
}

void kt_reader_leave(void)
{
	BEFORE(&grace);
	urcu_qsbr_unregister_thread();
}

void kt_readers_online(void)
{
	urcu_qsbr_thread_online();
}

void kt_readers_offline(void)
{
	BEFORE(&grace);
	urcu_qsbr_thread_offline();
}

void kt_readers_quiesce(void)
{
	BEFORE(&grace);
	urcu_qsbr_quiescent_state();
}

void *kt_published(const kt_slot *slot)
{
	void *at = rcu_dereference(*slot);
	AFTER((void *)slot);
	return at;
}

void *kt_publish(kt_slot *slot, void *to)
{
	BEFORE(slot);
	return rcu_xchg_pointer(slot, to);
}

void kt_readers_wait(void)
{
	urcu_qsbr_synchronize_rcu();
	AFTER(&grace);
}
