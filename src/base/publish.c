#include "base/publish.h"

#include <urcu-qsbr.h>

void kt_reader_join(void)
{
	urcu_qsbr_register_thread();
}

void kt_reader_leave(void)
{
	urcu_qsbr_unregister_thread();
}

void kt_readers_online(void)
{
	urcu_qsbr_thread_online();
}

void kt_readers_offline(void)
{
	urcu_qsbr_thread_offline();
}

void kt_readers_quiesce(void)
{
	urcu_qsbr_quiescent_state();
}

void *kt_published(const kt_slot *slot)
{
	return rcu_dereference(*slot);
}

void *kt_publish(kt_slot *slot, void *to)
{
	return rcu_xchg_pointer(slot, to);
}

void kt_readers_wait(void)
{
	urcu_qsbr_synchronize_rcu();
}
