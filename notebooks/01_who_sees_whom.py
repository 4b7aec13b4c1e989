# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Who sees whom?
#
# When you open a page, your request seldom travels straight to the server. Often a **proxy** stands between: a program
# that takes a request, passes it on in its own name, and passes the answer back.
#
# * A **forward proxy** stands near the readers and works for *them*. Your school may have one: the browser is told its
#   address and asks it for everything. The server sees the proxy and not you.
# * A **reverse proxy** stands near the servers and works for *them*. You cannot tell that it is there: it answers as if
#   it were the site. You see the proxy and not the servers.
#
# Both may keep copies of answers in a **cache**, so that the next reader is served at once.
#
# In this notebook twenty students read the same pages four times over: **direct**, through a **forward proxy**, through
# a **reverse proxy**, and through **both**. You will find out which way is fast, which spares the servers, and who
# learns whose address. Run each cell with Shift+Enter. Guess before you look: that is how one learns most.

# %%
import pandas as pd

import sim

pd.options.display.float_format = "{:.3g}".format
designs = ["direct", "forward-proxy", "reverse-proxy", "layered"]

# %% [markdown]
# ## The same requests for all
#
# All chance is thrown before anything runs: who asks when, for which page, how large it is, and how long a server works
# on it. These are the first requests. Each of the four designs will meet exactly these, so if one is faster, it is not
# because it was lucky.

# %%
workload = sim.draw(sim.load("direct"), seed=1)
workload.frame()[["arrival_s", "client_ip", "target", "response_bytes", "service_demand_s"]].head(8)

# %%
# Now run all four, five times each, with new dice each time (a few seconds).
comparison = sim.compare(designs, seed=1)
traces = comparison.traces  # everything that happened in the first of the five runs, by design

# %% [markdown]
# ## Four ways to the same page
#
# The students sit on a campus. The three servers (`app-1`, `app-2`, `app-3`) stand in a data centre 4,000 km away:
# light in a fibre needs 20 ms for that, one way. So no request that crosses the country can be answered in less than
# 40 ms.
#
# Look at each picture: who has a connection with whom?

# %%
sim.charts.topology(traces["direct"]).figure

# %%
sim.charts.topology(traces["forward-proxy"]).figure

# %%
sim.charts.topology(traces["reverse-proxy"]).figure

# %%
sim.charts.topology(traces["layered"]).figure

# %% [markdown]
# ## Watch them
#
# The first two hundred requests, all four designs on one clock. Press *Play* (or the space bar). Click a mark for that
# request's story; choose *Look through the eyes of* `app-1`, and see what a server can know of the students in each
# design. (Nothing to see? Some viewers show no widgets: `proxysim play direct forward-proxy reverse-proxy layered`
# writes the same as a page for your browser.)

# %%
few = {name: sim.simulate(sim.load(name, ["run.requests=200", "run.warm_up=0 s"]), seed=1) for name in designs}
player = sim.play(few)
player

# %% [markdown]
# What you pick up there is a value down here. Pick a request, then run this cell:

# %%
picked = player.request if player.request is not None else 100  # number 100, if you picked none
few["layered"].request(picked).hops[["sender", "receiver", "source_ip", "destination_ip", "cache_status"]]

# %% [markdown]
# ## One request, step by step
#
# Take one student's request for a page that no cache holds yet. It goes the whole way in each of the four designs.
# Time runs downwards; each arrow is a message; the numbers are the steps that a proxy takes, one after the other.

# %%
layered = traces["layered"].requests
chosen = layered.query("outcome == 'miss' and arrival_s > 15").iloc[0]
print(f"request {chosen.request_id}: {chosen.client_ip} asks for {chosen.target}")

# %%
sim.charts.ladder(traces["direct"], chosen.request_id).figure

# %%
sim.charts.ladder(traces["forward-proxy"], chosen.request_id).figure

# %%
sim.charts.ladder(traces["reverse-proxy"], chosen.request_id).figure

# %%
sim.charts.ladder(traces["layered"], chosen.request_id).figure

# %% [markdown]
# **A question.** The server's own work for this request is the same in all four. And yet one way took far longer than
# the others. Where was the time spent? This table tells, in seconds:

# %%
hops = pd.concat({name: traces[name].request(chosen.request_id).hops for name in designs}, names=["design", "row"])
hops.droplevel("row")[["sender", "receiver", "connect_s", "waiting_s", "service_s", "transfer_s"]]

# %% [markdown]
# In `direct` the request stood in a long queue: the servers had to do everything themselves, and `app-1` happened to
# be busy. Through the forward proxy it met the same busy server, but the queue was shorter, since a cache had taken
# more than half of the work away. Behind the gateway it did not wait at all: the gateway knows which server has the
# least to do. Two lessons: *a cache helps even those requests that it cannot answer*, and *so does somebody who looks
# where there is room*.

# %% [markdown]
# ## How fast?
#
# **Guess first.** The mean response time of `direct` is near 190 ms. What will it be with a forward proxy, with a
# reverse proxy, with both? Which of the two proxies helps more? Write your guesses here:

# %%
my_guess_ms = {"direct": 190, "forward-proxy": 190, "reverse-proxy": 190, "layered": 190}  # change the last three

# %%
mean_s = comparison.table.query("measure == 'mean_response_time_s'").set_index("design")
pd.DataFrame(
    {
        "your guess, ms": my_guess_ms,
        "measured, ms": 1000 * mean_s["mean"],
        "± half width, ms": 1000 * mean_s["half_width"],
    }
)

# %% [markdown]
# The number after ± says how sure we are. It comes from five independent runs: with 95 % confidence the true mean lies
# within measured ± half width. One run alone would give no such number, and so no way to know whether a difference is
# chance.
#
# A mean hides a lot. Here are all response times: how many requests (upwards) were done within what time (to the right;
# each grid line is ten times the one before).

# %%
sim.charts.response_time_cdf(traces).figure

# %% [markdown]
# See the stairs? A request that the campus proxy answers takes a millisecond or two. One that the reverse proxy answers
# must cross the country and back: 40 ms and a little. What must be worked on by a server takes longer still. So the
# forward proxy is much quicker **when it hits**, but the reverse proxy is just as good at sparing the servers.
#
# Where does the mean time go?

# %%
sim.charts.breakdown(comparison).figure

# %% [markdown]
# Is the difference real? All designs met the very same requests, so we may subtract run by run. An interval that does
# not hold 0 says yes.

# %%
columns = ["design", "measure", "difference", "low", "high", "verdict"]
comparison.differences.query("measure in ('mean_response_time_s', 'p95_response_time_s')")[columns]

# %% [markdown]
# ## What did the caches do?
#
# **Guess first.** In `layered`, a request meets two caches, and the reverse proxy's is twice as large as the campus
# proxy's. Which of the two has the higher hit ratio?

# %%
caches = pd.concat({name: sim.metrics.ratios(traces[name]) for name in designs[1:]}, names=["design", "row"])
caches.droplevel("row")[["node", "requests", "hits", "hit_ratio", "byte_hit_ratio"]]

# %%
sim.charts.hit_ratios(traces["layered"]).figure

# %% [markdown]
# The gateway's cache, so useful when it stands alone, has hardly a hit behind another cache. It only sees what the
# first one did not have: the popular pages have been answered already. Two caches in a row are not twice as good as
# one. And what neither can answer is the same for both: a page asked for the first time, or an answer that is made anew
# for each request and must not be stored.

# %% [markdown]
# ## Who sees whom?
#
# Now to the question of the title. A party *sees* an address if it stands at one end of a connection of its own. It may
# also be *told* an address: a proxy can write it into a field of the request, such as `X-Forwarded-For`.
#
# **Guess first**: answer each question with `"yes"` or `"no"`.

# %%
questions = {
    ("direct", "app-1", "students"): "?",
    ("forward-proxy", "app-1", "students"): "?",
    ("forward-proxy", "campus-proxy", "students"): "?",
    ("reverse-proxy", "students", "app-1"): "?",
    ("reverse-proxy", "app-1", "students"): "?",
    ("layered", "gateway", "students"): "?",
}

# %%
answers = {"peer": "yes, on its connections", "told": "not itself, but it is told", "": "no"}
for (design, observer, party), guess in questions.items():
    found = sim.visibility.matrix(traces[design]).loc[observer, party]
    print(f"{design:14} {observer} sees {party}?  You say {guess}; it is: {answers[found]}")

# %% [markdown]
# Did the fifth surprise you? The reverse proxy hides the *servers*. It does not hide the students from its own servers:
# it tells them, since a site wants to know its visitors. And the third: the forward proxy hides the students from the
# world, and for that it sees everything itself. **A proxy does not make a secret vanish; it moves it to whoever runs
# the proxy.**
#
# The whole picture, for all four designs. A row is somebody who looks, a column somebody who is seen:

# %%
sim.charts.visibility_designs(traces)

# %% [markdown]
# ## Your turn
#
# Any value of a scenario can be changed by its path. On the command line one writes
# `proxysim run layered --set nodes.campus-proxy.forwarded_for=append`; here it is the second argument of `sim.load`.
#
# **1. A talkative proxy.** The campus proxy deletes `X-Forwarded-For`. Let it append to it instead. Who will learn the
# students' addresses, and in what way? Guess, then run.

# %%
talkative = sim.simulate(sim.load("layered", ["nodes.campus-proxy.forwarded_for=append"]), seed=1)
sim.visibility.matrix(talkative)[["students"]]

# %% [markdown]
# <details><summary>What happened?</summary>
#
# The gateway and all three servers are now *told* the students' addresses, though none of them ever had a connection
# with a student. So is everybody who listens on the lines between (the rows `tap:…`), as long as nothing is encrypted.
# One word in one proxy's settings undid the hiding.
# </details>
#
# **2. A small cache.** Give the campus proxy 1 MiB instead of 16. By how much does its hit ratio fall? Then try 64 MiB:
# does it rise as much?

# %%
small = sim.simulate(sim.load("forward-proxy", ["nodes.campus-proxy.cache.capacity=1 MiB"]), seed=1)
sim.metrics.ratios(small)[["node", "requests", "hits", "hit_ratio", "byte_hit_ratio"]]

# %% [markdown]
# **3. A proxy without a cache.** Take the gateway's cache away. It still hides the servers and spreads the load. Is it
# still faster than `direct`, and why?

# %%
bare = sim.compare(["direct", sim.load("reverse-proxy", {"nodes.gateway.cache": None, "name": "no cache"})])
bare.differences.query("measure == 'mean_response_time_s'")[columns]

# %% [markdown]
# <details><summary>A hint</summary>
#
# In `direct` each student keeps to one server, whether it is busy or not. The gateway sends each request to the server
# that has the fewest to do. Look at <code>sim.metrics.utilisation(bare.traces["direct"])</code>.
# </details>
#
# **4. A busy day.** The students ask 60 times a second. What happens at 85? Guess which design suffers most.

# %%
busy = sim.compare([sim.load(name, ["nodes.students.arrivals.rate=85/s"]) for name in designs])
busy.wide().loc[["mean_response_time_s", "max_backend_utilisation_ratio"]]

# %% [markdown]
# **5. Your own.** Save a file such as this one as `mine.yaml`, and run it with `proxysim run mine.yaml`, or here with
# `sim.simulate(sim.load("mine.yaml"))`. What do the students gain from Wi-Fi, what do they lose?
#
# ```yaml
# extends: layered
# title: Forward and reverse proxy, students on Wi-Fi
# links:
#   - {from: students, to: campus-proxy, preset: wifi}
#   - {from: campus-proxy, to: gateway, preset: cross-country}
#   - {from: gateway, to: app-1, preset: lan}
#   - {from: gateway, to: app-2, preset: lan}
#   - {from: gateway, to: app-3, preset: lan}
# ```
