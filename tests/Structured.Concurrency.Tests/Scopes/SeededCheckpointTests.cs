using System.Linq;
using System.Text;
using System.Threading.Tasks;

namespace Structured.Concurrency.Tests.Scopes;

public class SeededCheckpointTests
{
    [Fact]
    public async Task In_a_seeded_run_the_seed_and_not_the_clock_decides_where_a_checkpoint_yields()
        => await Time.VirtualAsync(static async _ =>
        {
            var order = new StringBuilder();
            await Nursery.RunAsync(nursery =>
            {
                foreach (var name in "ab")
                {
                    nursery.StartSoon(async () =>
                    {
                        for (var turn = 0; turn < 100; turn++)
                        {
                            order.Append(name);
                            await Checkpoint.YieldAsync();
                        }
                    });
                }
            });
            // A hundred turns take no time slice: by the clock one would end before the other begins.
            var taken = order.ToString();
            Assert.InRange(taken.Zip(taken.Skip(1)).Count(static pair => pair.First != pair.Second), 10, 199);
        });
}
