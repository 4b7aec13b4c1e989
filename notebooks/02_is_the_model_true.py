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
# # Is the model true?
#
# A simulator tells you what *would* happen. Why should you believe it? In this notebook you need not: you hold it
# against reality. The same clients, proxies and servers run again, but this time over **real sockets** on your own
# machine: real TCP connections, real HTTP messages, real time. We call that **the lab**.
#
# Two things are compared, and they are not alike:
#
# * **Stories.** What each party did, what each cache did, which server was picked, who saw which address. There is no
#   "nearly" here: both worlds must tell *exactly* the same, for every request.
# * **Times.** A real machine is never as quiet as a model. So times may differ a little: by 5 %, or by 2 ms.
#
# (The lab needs Linux. The numbers that you see will differ from those printed here: they are measured.)

# %%
import pandas as pd

import sim
from sim.metrics import comparable

# %% [markdown]
# ## An address for everybody
#
# On your machine, every address that begins with 127 leads back to the machine itself. There are 16 million of them. So
# the lab gives each student, each proxy and each server an address of its own, such as 127.1.0.7. When a student's
# program connects to a proxy, it is the *operating system* that tells the proxy from which address the connection
# came. Nobody can make that up, the simulator least of all.
#
# The way across the country is not there, of course. The lab lets each message wait until it would have arrived: 20 ms
# for 4,000 km of fibre, and more for a message that is large or has to queue.
#
# ## One after the other
#
# First we send 20 requests one after the other, so that they cannot get into each other's way: once simulated, and
# twice over real sockets. **Guess first:** of how many requests will the stories be the same?

# %%
my_guess = 20  # of 20

# %%
found = sim.validate("layered", requests=20, repeats=2)  # takes a few seconds: this is real time
found.exact

# %% [markdown]
# Each row is a kind of request: what was asked for, and whether a cache had it. The columns say for how many requests
# both worlds tell the same
#
# * **path**: every numbered step of every party, in order,
# * **outcome**: what every cache on the way did,
# * **pick**: which server was chosen,
# * **answer**: status and size of what the client got,
# * **sightings**: who saw which message, from which address to which, and what could be read in it.

# %%
found.is_exact

# %% [markdown]
# ## One request, told twice
#
# Take one request, and look at both stories side by side. In the simulator these steps are lines in a list. In the lab
# there was a TCP connection between each two of these parties.

# %%
request = 3
pd.DataFrame(
    {
        "simulated": [" ".join(map(str, step)) for step in comparable.paths(found.simulated)[request]],
        "over real sockets": [" ".join(map(str, step)) for step in comparable.paths(found.measured[0])[request]],
    }
)

# %% [markdown]
# And who saw whom? The lab's addresses are those that the operating system told, put back into the scenario's words.

# %%
seen = pd.DataFrame(
    {
        "simulated": [" ".join(map(str, sighting[:4])) for sighting in comparable.sightings(found.simulated)[request]],
        "over real sockets": [
            " ".join(map(str, sighting[:4])) for sighting in comparable.sightings(found.measured[0])[request]
        ],
    }
)
seen[~seen["simulated"].str.startswith("tap")]

# %% [markdown]
# The two pictures of this request, simulated and measured. Look at the times on the left: they are not the same to the
# last digit. Why not?

# %%
sim.charts.ladder(found.simulated, request).figure

# %%
sim.charts.ladder(found.measured[0], request).figure

# %% [markdown]
# ## And the times?
#
# Here is the whole report, with its verdict in one line.

# %%
found

# %% [markdown]
# For the picture we sort all measured times and all simulated ones, and plot the fastest against the fastest, the
# second against the second, and so on (a *quantile–quantile plot*). Where both worlds agree, a point lies on the
# diagonal; within the grey band they differ by no more than 5 % or 2 ms. Small lines show how much two real runs
# differ from each other.

# %%
sim.charts.agreement(found).figure

# %% [markdown]
# You may find points above the band, at the left. They belong to the quick link on the campus: the model says that a
# message takes a quarter of a millisecond. Your computer needs about as long just to hand a message from one program to
# the next, and the model knows nothing of that. *A model is true within limits, and it is good to know them.*

# %% [markdown]
# ## Would we notice if it were wrong?
#
# A test that cannot fail proves nothing. So let us spoil the model on purpose. Somebody thinks that the way across the
# country is twice as long as it is:

# %%
longer = sim.load("layered", ["links.1.delay=40 ms"])  # the link from the campus proxy to the gateway
wrong = sim.validate("layered", requests=12, repeats=1, model=longer)
print("same stories:", wrong.is_exact)
print("same times:  ", wrong.times_agree)

# %%
sim.charts.agreement(wrong).figure

# %% [markdown]
# The stories are the same, but the times are not, and the report says where that comes from: look at its last reason.

# %%
wrong

# %% [markdown]
# Somebody else believes that the gateway hides for whom it asks:

# %%
silent = sim.load("layered", ["nodes.gateway.forwarded_for=delete"])
wrong = sim.validate("layered", requests=12, repeats=1, model=silent)
print("same stories:", wrong.is_exact)
print("\n".join(wrong.differences[0].lines()))

# %% [markdown]
# One word in one message was different, and it is found. **Your turn:** spoil something else. What if the gateway had
# no cache (`nodes.gateway.cache=null`)? What if it went round the servers in turn, as below? Guess which columns will
# suffer, then look.

# %%
spoilt = sim.load("layered", ["nodes.gateway.balancing=round_robin"])  # change this
sim.validate("layered", requests=12, repeats=1, model=spoilt).exact

# %% [markdown]
# ## All at once
#
# Real readers do not wait for each other. When requests meet, a millisecond can decide who is served first, and then
# stories differ: no two real runs are the same either. What should agree is the *distribution*. Here 300 requests come
# at random, 60 in each second, in both worlds.

# %%
crowded = sim.load("layered", ["run.requests=300", "run.warm_up=0 s"])
workload = sim.draw(crowded, seed=1)
both = {"simulated": sim.simulate(crowded, workload), "measured": sim.measure(crowded, workload)}
sim.charts.response_time_cdf(both, title="300 requests, many of them under way together").figure

# %% [markdown]
# At the left, where a cache on the campus answers, the measured line comes later: that is the time that the programs
# themselves need, as above. From 40 ms on, where distance and work decide, the two lines are hard to tell apart.

# %% [markdown]
# ## Other people's proxies
#
# So far both worlds used *our* proxies. If nginx, Squid or HAProxy is installed on your machine, you can put the real
# product in the place of ours:
#
#     proxysim validate layered --with nginx
#     proxysim validate layered --with squid
#
# What it does inside we cannot see: its steps are unknown, and the report says so. But what the clients and the servers
# see of it, address by address and field by field, must be what the simulator says. Is it? And which servers does it
# pick?
